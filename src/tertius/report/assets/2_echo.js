/* Where the words of one event come up again. This compares texts, and no more: it is inferred. */

const MOST_READ = 1500000; // characters of a run; a longer one is not compared
const TELLING = 2; // ordinary words that have to come up again together
const LONG = 8; // letters of a word of which one is enough, as it is of a number

class Echo {
  constructor(run) {
    this.run = run;
    this.possible = run.texts.reduce((sum, text) => sum + text.length, 0) <= MOST_READ;
  }

  /* For each text its words, and for each word the text in which it came first. */
  read() {
    this.words = [];
    this.first = new Map();
    for (const text of this.run.events.text) {
      if (text < 0 || this.words[text]) continue;
      this.words[text] = words(this.run.texts[text]);
      for (const word of this.words[text]) if (!this.first.has(word)) this.first.set(word, text);
    }
  }

  /* Later events of other agents that repeat words which no event before this one holds, with these
     words. The same agent's are left out: it has turns of phrase, and a tool its frame. */
  again(i) {
    const { agent } = this.run.events;
    const own = this.run.events.text[i];
    if (own < 0 || !this.possible) return [];
    if (!this.words) this.read();
    const fresh = [...this.words[own]].filter((word) => this.first.get(word) === own);
    const found = [];
    for (let later = i + 1; fresh.length && later < this.run.count; later += 1) {
      const text = this.run.events.text[later];
      if (text < 0 || text === own || agent[later] === agent[i]) continue;
      const shared = fresh.filter((word) => this.words[text].has(word));
      if (shared.length >= TELLING || shared.some((word) => word.length >= LONG || /\d/.test(word))) {
        found.push({ event: later, words: shared.sort((a, b) => weight(b) - weight(a)) });
      }
    }
    return found;
  }
}

/* Numbers of two digits or more, and words of six letters or more; joined words are taken apart. */
function words(text) {
  const apart = text.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase();
  const found = apart.match(/\p{N}[\p{N}.,:]*\p{N}|\p{L}{6,}/gu) || [];
  return new Set(found);
}

function weight(word) {
  return word.length + (/\d/.test(word) ? 10 : 0);
}
