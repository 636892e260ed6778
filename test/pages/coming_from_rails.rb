# docs/coming-from/rails.md: the serializers make the same document as the shape beside them. $0 PAGE'S-BLOCK PAGE'S-JSON
require "logger"
require "active_record"
require "active_model_serializers"

ActiveModelSerializers.logger = Logger.new(nil)
ActiveRecord::Base.establish_connection(adapter: "postgresql", host: ENV["PGHOST"], port: ENV["PGPORT"],
                                        username: ENV["PGUSER"], database: ENV["PGDATABASE"])

class ApplicationRecord < ActiveRecord::Base
  self.abstract_class = true
end

class Profile < ApplicationRecord
  self.table_name = "profile"
  self.primary_key = "user_id"
end

class Tag < ApplicationRecord
end

class PostTag < ApplicationRecord
  belongs_to :tag
end

class Post < ApplicationRecord
  has_many :post_tags
  has_many :tags, -> { order(:id) }, through: :post_tags
end

class User < ApplicationRecord
  has_one :profile
  has_many :posts, foreign_key: "author_id"

  def initials
    first_name[0] + last_name[0]
  end
end

def params
  { name: "ada" }
end

# What a controller renders.
def render(json:)
  ActiveModelSerializers::SerializableResource.new(json, adapter: :attributes).to_json
end

page, name = "docs/coming-from/rails.md", "ruby 1"
blocks = ["/usr/bin/python3", "-B", File.join(__dir__, "blocks.py")]
made = JSON.parse(eval(IO.popen([*blocks, page, name], &:read)))
wanted = JSON.parse(IO.popen([*blocks, "--documents", page, name], &:read))
abort "#{[made]}\nis not #{wanted}" unless [made] == wanted
