-- One unit of what little there is; what became of it is kept in load_results.
SELECT take_one();
