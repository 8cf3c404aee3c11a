/* The loop of tertius/environments/pricing_sessions.py in C: the reference of bench/worlds.py.
 *
 * usage: pricing_session TABLE SESSIONS; TABLE is binary: firms count memory stable longest (int64),
 * rate discount decay (double), first values (firms x count), profits (count^firms x firms),
 * then per session the key (uint64). Prints periods in all and the seconds of the loops.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL;

static inline uint64_t mix(uint64_t word) {
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL;
    return word ^ (word >> 31);
}
static inline uint64_t fold(uint64_t key, uint64_t part) {
    return mix((key ^ mix(part + GOLDEN)) + GOLDEN);
}
static inline double unit(uint64_t key, int64_t step) {
    return (double)(mix(key + GOLDEN * (uint64_t)(step + 1)) >> 11) / 9007199254740992.0;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    uint64_t explore = strtoull(argv[3], 0, 10), which = strtoull(argv[4], 0, 10);
    uint64_t start = strtoull(argv[5], 0, 10);
    FILE *file = fopen(argv[1], "rb");
    int64_t head[5];
    double learn[3];
    if (!file || fread(head, 8, 5, file) != 5 || fread(learn, 8, 3, file) != 3) return 2;
    int64_t firms = head[0], count = head[1], memory = head[2], stable = head[3], longest = head[4];
    int64_t joints = 1, states = 1;
    for (int64_t i = 0; i < firms; i++) joints *= count;
    for (int64_t i = 0; i < memory; i++) states *= joints;
    double *first = malloc(8 * firms * count), *profits = malloc(8 * joints * firms);
    if (fread(first, 8, firms * count, file) != (size_t)(firms * count)) return 2;
    if (fread(profits, 8, joints * firms, file) != (size_t)(joints * firms)) return 2;
    double *values = malloc(8 * firms * states * count), *top = malloc(8 * firms * states);
    int64_t *policy = malloc(8 * firms * states);
    int64_t played = 0;
    double seconds = 0;
    for (int session = 0; session < atoi(argv[2]); session++) {
        uint64_t key, explores[8], whichs[8];
        if (fread(&key, 8, 1, file) != 1) return 2;
        struct timespec began, ended;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
        for (int64_t firm = 0; firm < firms; firm++) {
            explores[firm] = fold(fold(key, (uint64_t)firm), explore);
            whichs[firm] = fold(fold(key, (uint64_t)firm), which);
            for (int64_t state = 0; state < states; state++) {
                int64_t best = 0;
                for (int64_t c = 0; c < count; c++) {
                    values[(firm * states + state) * count + c] = first[firm * count + c];
                    if (first[firm * count + c] > first[firm * count + best]) best = c;
                }
                policy[firm * states + state] = best;
                top[firm * states + state] = first[firm * count + best];
            }
        }
        int64_t state = (int64_t)(unit(fold(key, start), 0) * (double)states);
        int64_t chosen[8], period = 0, unchanged = 0;
        double shrink = exp(-learn[2]), epsilon = 1.0;
        while (period < longest && unchanged < stable) {
            int64_t joint = 0;
            for (int64_t firm = 0; firm < firms; firm++) {
                int64_t choice = unit(explores[firm], period) < epsilon
                                     ? (int64_t)(unit(whichs[firm], period) * (double)count)
                                     : policy[firm * states + state];
                chosen[firm] = choice;
                joint = joint * count + choice;
            }
            int64_t after = memory == 1 ? joint : memory == 2 ? (state % joints) * joints + joint : 0;
            unchanged++;
            for (int64_t firm = 0; firm < firms; firm++) {
                double *row = values + (firm * states + state) * count;
                int64_t at = firm * states + state, choice = chosen[firm], best = policy[at];
                double old = row[choice];
                double now = old + learn[0] * (profits[joint * firms + firm] +
                                               learn[1] * top[firm * states + after] - old);
                row[choice] = now;
                if (choice == best) {
                    if (now >= old) {
                        top[at] = now;
                    } else {
                        int64_t found = 0;
                        for (int64_t c = 1; c < count; c++)
                            if (row[c] > row[found]) found = c;
                        top[at] = row[found];
                        if (found != best) policy[at] = found, unchanged = 0;
                    }
                } else if (now > top[at]) {
                    top[at] = now;
                    policy[at] = choice;
                    unchanged = 0;
                }
            }
            epsilon *= shrink;
            state = after;
            period++;
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
        seconds += (double)(ended.tv_sec - began.tv_sec) + 1e-9 * (double)(ended.tv_nsec - began.tv_nsec);
        played += period;
    }
    printf("%lld %.9f\n", (long long)played, seconds);
    return 0;
}
