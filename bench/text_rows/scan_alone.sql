SELECT t AS doc FROM flat AS t
