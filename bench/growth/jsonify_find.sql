SELECT jsonify_find_text('growth.parents', '(where: id <= $last) { id, name, children { id, title, date } }',
                         jsonb_build_object('last', :children / 10)) AS doc
