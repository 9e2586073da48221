"""External health-system data: what is linked to the evidence, each data set with its source, licence and date."""
