using System.Text.Json.Nodes;

namespace KafkaDatasets.Tests.Formats.Deep;

/// <summary>A random record with lists, maps and itself in it, as schemas of Avro and JSON; which columns it must give, and random values of it.</summary>
internal sealed class DeepShape
{
    private const int MaxLists = 4;
    private static readonly string[] Keys = ["k", "l"];

    private readonly Random _random;
    private readonly DeepNode _root;
    private readonly List<string> _extra = [];
    private readonly List<(string Name, string Type, int Depth)> _columns = [];
    private int _names;

    public DeepShape(int seed)
    {
        _random = new Random(seed);
        _root = Record(0, 0) with { Name = "R", IsNullable = false };
        Columns(_root, "", false, 0, 0, null);
        _extra.RemoveAll(e => !_columns.Exists(c => c.Name == e || c.Name.StartsWith($"{e}.", StringComparison.Ordinal))); // they name nothing, which is a fault
    }

    public string Avro => AvroType(_root, isNullableHere: false).ToJsonString();

    public string Json => JsonType(_root, isNullableHere: false).ToJsonString();

    /// <summary>The columns that are named, since the schema cannot list them.</summary>
    public IReadOnlyList<string> ExtraColumns => _extra;

    /// <summary>The columns that there must be.</summary>
    public IEnumerable<(string Name, string Type, int Depth)> Expected => _columns.Order();

    public JsonObject Next() => (JsonObject)Value(_root, 0)!;

    private DeepNode Record(int depth, int lists) => new("record", _random.Next(2) == 0)
    {
        Name = $"R{_names++}",
        Fields = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => ($"f{i}", Any(depth + 1, lists)))],
    };

    private DeepNode Any(int depth, int lists)
    {
        bool isNullable = _random.Next(2) == 0;
        return _random.Next(depth > 6 ? 3 : 12) switch
        {
            0 => new DeepNode("int", isNullable),
            1 => new DeepNode("double", isNullable),
            2 => new DeepNode("string", isNullable),
            3 or 4 or 5 or 6 when lists < MaxLists => new DeepNode("list", isNullable) { Fields = [("", Any(depth + 1, lists + 1))] },
            7 => new DeepNode("map", isNullable) { Fields = [("", Any(depth + 1, lists))] },
            8 => new DeepNode("self", true),
            9 => new DeepNode("list", isNullable) { Fields = [("", new DeepNode("self", isNullable))] },
            _ => Record(depth, lists),
        };
    }

    /// <summary>Adds the columns of a value, and says how they are asked for.</summary>
    /// <param name="node">The value's type.</param>
    /// <param name="path">Its path.</param>
    /// <param name="isMissing">Whether it may be missing, apart from what its own type says.</param>
    /// <param name="lists">How many lists it is in.</param>
    /// <param name="selves">How many levels deep the record contains itself there.</param>
    /// <param name="only">The one field that is asked for of the record.</param>
    private bool Columns(DeepNode node, string path, bool isMissing, int lists, int selves, string? only)
    {
        isMissing |= node.IsNullable && path.Length > 0;
        bool isAny = false;
        switch (node.Kind)
        {
            case "record":
                foreach ((string name, DeepNode field) in node.Fields.Where(f => only is null || f.Name == only))
                {
                    isAny |= Columns(field, path.Length == 0 ? name : $"{path}.{name}", isMissing, lists, selves, null);
                }

                return isAny;
            case "list":
                isAny = Columns(node.Fields[0].Node, path, false, lists + 1, selves, null);
                if (isAny && lists > 0)
                {
                    _columns.Add(($"{path}.lengths{(lists == 1 ? "" : lists)}", nameof(ColumnType.Int32), lists));
                }

                return isAny;
            case "map":
                foreach (string key in _random.Next(4) == 0 ? [] : Keys)
                {
                    if (!IsSelf(node.Fields[0].Node))
                    {
                        _extra.Add($"{path}.{key}"); // else it would stand for all fields
                    }

                    isAny |= Columns(node.Fields[0].Node, $"{path}.{key}", true, lists, selves, null);
                }

                return isAny;
            case "self":
                if (selves == 2 || _columns.Count > 60 || lists > 4 || _random.Next(3) == 0)
                {
                    return false;
                }

                string? one = _root.Fields.Where(f => f.Node.Kind is "int" or "double" or "string").Select(f => f.Name).FirstOrDefault();
                one = _random.Next(2) == 0 ? null : one;
                _extra.Add(one is null ? path : $"{path}.{one}");
                return Columns(_root, path, isMissing, lists, selves + 1, one);
            default:
                _columns.Add((path, node.Kind switch { "string" => "Text", "int" when !isMissing => "Int32", _ => "Double" }, lists));
                return true;
        }
    }

    private static bool IsSelf(DeepNode node) => node.Kind == "self" || (node.Kind == "list" && IsSelf(node.Fields[0].Node));

    private JsonNode AvroType(DeepNode node, bool isNullableHere = true)
    {
        JsonNode type = node.Kind switch
        {
            "record" => new JsonObject
            {
                ["type"] = "record",
                ["name"] = node.Name,
                ["fields"] = new JsonArray([.. node.Fields.Select(f => new JsonObject { ["name"] = f.Name, ["type"] = AvroType(f.Node) })]),
            },
            "list" => new JsonObject { ["type"] = "array", ["items"] = AvroType(node.Fields[0].Node) },
            "map" => new JsonObject { ["type"] = "map", ["values"] = AvroType(node.Fields[0].Node) },
            "self" => "R",
            _ => node.Kind,
        };
        return node.IsNullable && isNullableHere ? new JsonArray("null", type) : type;
    }

    private JsonObject JsonType(DeepNode node, bool isNullableHere = true)
    {
        JsonObject type = node.Kind switch
        {
            "record" => new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject(node.Fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)JsonType(f.Node)))),
                ["required"] = new JsonArray([.. node.Fields.Where(f => !f.Node.IsNullable).Select(f => JsonValue.Create(f.Name))]),
            },
            "list" => new JsonObject { ["type"] = "array", ["items"] = JsonType(node.Fields[0].Node) },
            "map" => new JsonObject { ["type"] = "object", ["additionalProperties"] = JsonType(node.Fields[0].Node) },
            "self" => new JsonObject { ["$ref"] = "#" },
            "int" => new JsonObject { ["type"] = "integer", ["format"] = "int32" },
            "double" => new JsonObject { ["type"] = "number" },
            _ => new JsonObject { ["type"] = "string" },
        };
        return node.IsNullable && isNullableHere ? new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "null" }, type) } : type;
    }

    private JsonNode? Value(DeepNode node, int depth)
    {
        if (node.IsNullable && depth > 0 && (depth > 12 || _random.Next(4) == 0))
        {
            return null;
        }

        switch (node.Kind)
        {
            case "record":
                return new JsonObject(node.Fields.Select(f => KeyValuePair.Create(f.Name, Value(f.Node, depth + 1))).Where(f => f.Value is not null || _random.Next(2) == 0));
            case "list":
                return new JsonArray([.. Enumerable.Range(0, Items(depth)).Select(_ => Value(node.Fields[0].Node, depth + 1))]);
            case "map":
                return new JsonObject(new[] { "j", "k", "l" }.Where(_ => _random.Next(2) == 0).Take(Items(depth)).Select(k => KeyValuePair.Create(k, Value(node.Fields[0].Node, depth + 1))));
            case "self":
                return Value(_root, depth + 1);
            case "int":
                return _random.Next(int.MinValue, int.MaxValue);
            case "double":
                return (_random.NextDouble() - 0.5) * 1e9;
            default:
                return new string((char)_random.Next('a', 'z'), _random.Next(4));
        }
    }

    private int Items(int depth) => depth > 8 ? 0 : _random.Next(4);
}
