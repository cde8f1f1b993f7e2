using System.Text.Json.Nodes;
using Avro;

namespace KafkaDatasets.Writing;

/// <summary>Builds the Avro schema of a record field by field; faults are gathered and thrown all at once.</summary>
internal sealed class SchemaBuilder(string name, string? recordNamespace, string source)
{
    private static readonly Dictionary<Type, string> Primitives = new()
    {
        [typeof(bool)] = "boolean",
        [typeof(sbyte)] = "int",
        [typeof(byte)] = "int",
        [typeof(short)] = "int",
        [typeof(ushort)] = "int",
        [typeof(int)] = "int",
        [typeof(uint)] = "long",
        [typeof(long)] = "long",
        [typeof(ulong)] = "long",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(ReadOnlyMemory<char>)] = "string",
        [typeof(byte[])] = "bytes",
    };

    private readonly JsonArray _fields = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _enums = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];

    /// <summary>Adds a field of a .NET type.</summary>
    public void Add(string field, Type type, bool nullable)
    {
        Type some = Nullable.GetUnderlyingType(type) ?? type;
        if (TypeOf(some) is { } avro)
        {
            Add(field, avro, nullable || some != type);
        }
        else
        {
            Refuse(field, $"its type {type.Name} has no Avro type here");
        }
    }

    /// <summary>Adds an array field.</summary>
    public void AddArray(string field, Type item)
    {
        if (Array(item) is { } avro)
        {
            Add(field, avro, nullable: false);
        }
        else
        {
            Refuse(field, $"a vector of {item.Name} has no Avro type here");
        }
    }

    /// <summary>Adds a field whose values are symbols of an enum of its own.</summary>
    public void AddEnum(string field, string enumName, IEnumerable<string> symbols, bool nullable) => Add(field, Enum(enumName, symbols), nullable);

    public void Refuse(string field, string reason) => _faults.Add($"field '{field}': {reason}");

    /// <exception cref="SchemaException">Names every fault.</exception>
    public RecordSchema Build()
    {
        if (!AvroName.IsValid(name))
        {
            _faults.Insert(0, $"'{name}' is not a record name in Avro ({AvroName.Rule}): set {nameof(KafkaWriterOptions.RecordName)}");
        }

        if (_fields.Count == 0 && _faults.Count == 0)
        {
            _faults.Add("it has no fields");
        }

        if (_faults.Count > 0)
        {
            throw new SchemaException($"No Avro schema can be derived from {source}: {string.Join("; ", _faults)}.");
        }

        var record = new JsonObject { ["type"] = "record", ["name"] = name };
        if (!string.IsNullOrEmpty(recordNamespace))
        {
            record["namespace"] = recordNamespace;
        }

        record["fields"] = _fields;
        return (RecordSchema)Schema.Parse(record.ToJsonString());
    }

    private void Add(string field, JsonNode type, bool nullable)
    {
        if (!AvroName.IsValid(field))
        {
            Refuse(field, $"not a name in Avro ({AvroName.Rule}); rename it");
            return;
        }

        if (!_names.Add(field))
        {
            Refuse(field, "named more than once");
            return;
        }

        var json = new JsonObject { ["name"] = field, ["type"] = nullable ? new JsonArray("null", type) : type };
        if (nullable)
        {
            json["default"] = null;
        }

        _fields.Add((JsonNode)json);
    }

    private JsonNode? TypeOf(Type type)
        => Primitives.TryGetValue(type, out string? primitive) ? JsonValue.Create(primitive)
            : type.IsEnum ? Enum(type.Name, System.Enum.GetNames(type).Select(member => SymbolOrdinals.Symbol(type, member)))
            : type.IsSZArray ? Array(type.GetElementType()!)
            : null;

    private JsonObject? Array(Type item)
        => TypeOf(item) is { } items ? new JsonObject { ["type"] = "array", ["items"] = items } : null;

    private JsonNode Enum(string enumName, IEnumerable<string> symbols)
        => _enums.Add(enumName)
            ? new JsonObject { ["type"] = "enum", ["name"] = enumName, ["symbols"] = new JsonArray([.. symbols.Select(symbol => JsonValue.Create(symbol))]) }
            : JsonValue.Create(enumName);
}
