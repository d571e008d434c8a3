"""What notes are measured against: grids, tempos and pulses."""
