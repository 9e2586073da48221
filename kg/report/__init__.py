"""The report: a page to hand to a co-author, on which every number leads to the studies behind it."""
