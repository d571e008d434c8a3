"""What to practise today: plans, drills, ladders, load and rest, as pure rules."""
