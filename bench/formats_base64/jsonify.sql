SELECT jsonify(f, '{ bytes @base64 }') AS doc FROM formatted AS f
