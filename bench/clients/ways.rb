# The same as ways.py, in Ruby: what stands on Active Record, as in Rails. For Debian 12's versions of the libraries.
require "logger"
require "active_record"
require "active_model_serializers"
require "jbuilder"

SHAPE = "{ id, username, email, posts(order: id) { id, title, body, date, views } }"
ActiveModelSerializers.logger = Logger.new(nil)
$VERBOSE = nil # it warns of types that it does not know
ActiveRecord::Base.establish_connection(adapter: "postgresql", host: ENV["PGHOST"], port: ENV["PGPORT"],
                                        username: ENV["PGUSER"], database: ENV["PGDATABASE"])

class Post < ActiveRecord::Base
end

class User < ActiveRecord::Base
  has_many :posts, -> { order(:id) }, foreign_key: "author_id"
end

class PostSerializer < ActiveModel::Serializer
  attributes :id, :title, :body, :date, :views
end

class UserSerializer < ActiveModel::Serializer
  attributes :id, :username, :email
  has_many :posts
end

def users
  User.includes(:posts).order(:id)
end

def ask(query)
  ActiveRecord::Base.connection.select_value(query)
end

QUERY = "SELECT jsonify_text_agg(u, '#{SHAPE}' ORDER BY u.id)"
WAYS = {
  "jsonify" => -> { ask("#{QUERY}::text FROM users u") },
  "jsonify, parsed and encoded again" => -> { JSON.parse(ask("#{QUERY} FROM users u")).to_json },
  "Active Record, as_json(include:)" => lambda {
    users.as_json(only: %i[id username email], include: { posts: { only: %i[id title body date views] } }).to_json
  },
  "Active Record, ActiveModel::Serializer" => lambda {
    ActiveModelSerializers::SerializableResource.new(users, adapter: :attributes).to_json
  },
  "Active Record, jbuilder" => lambda {
    Jbuilder.encode do |json|
      json.array!(users) do |user|
        json.call(user, :id, :username, :email)
        json.posts(user.posts, :id, :title, :body, :date, :views)
      end
    end
  }
}.freeze

wanted = JSON.parse(WAYS["jsonify"].call)
WAYS.each { |name, way| abort "#{name}: other documents" unless JSON.parse(way.call) == wanted }
(ARGV[0].to_i + 1).times do |run|
  WAYS.each do |name, way|
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    way.call
    puts "\"#{name}\",#{run},#{1000 * (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start)}"
  end
end
