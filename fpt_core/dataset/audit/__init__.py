"""What makes a data set misleading: findings, the images behind them, and what to do."""
