-- A random command in a subtransaction; business errors are counted in load_results.
SELECT load_step();
