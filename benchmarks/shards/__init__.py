"""One account and region full of clusters, which fall asleep or wake in the same minute."""
