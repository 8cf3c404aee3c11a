"""The loop itself: what happens is recorded, judged, watched and played again."""
