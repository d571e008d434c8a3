"""How the onset detector's weights are made. Never imported by the package."""
