using System.Globalization;
using System.Text;

namespace KafkaDatasets.Tests.Formats.Json;

/// <summary>A random JSON Schema, random texts of it in all the spellings that JSON has, and what the dataset's columns must then hold.</summary>
internal sealed class RandomJson
{
    private const int MaxDepth = 3;
    private static readonly string[] Symbols = ["red", "gr\"een", "größe", ""];

    private readonly Random _random;
    private readonly Node _root;

    public RandomJson(int seed)
    {
        _random = new Random(seed);
        _root = Object("", 0);
        Schema = Describe(_root);
    }

    public string Schema { get; }

    /// <summary>The columns that the schema must give, with their types, in order.</summary>
    public IEnumerable<(string Name, ColumnType Type)> Columns => Leaves(_root, false).Select(l => (l.Node.Path, TypeOf(l.Node, l.IsNullable)));

    /// <summary>A text, and for each column what it must hold.</summary>
    public (string Text, object[] Row) Next()
    {
        var row = new Dictionary<string, object>();
        string text = Write(_root, row, false);
        return (Blanks() + text + Blanks(), [.. Columns.Select(c => row.TryGetValue(c.Name, out object? value) ? Stored(value, c.Type) : Missing(c.Type))]);
    }

    private static object Stored(object value, ColumnType type) => (value, type) switch
    {
        (bool b, ColumnType.Single) => b ? 1f : 0f,
        (long l, ColumnType.Double) => (double)l,
        (long l, ColumnType.Int32) => (int)l,
        (string s, ColumnType.Key) => (uint)Array.IndexOf(Symbols, s) + 1,
        _ => value,
    };

    private static object Missing(ColumnType type) => type switch
    {
        ColumnType.Single => float.NaN,
        ColumnType.Double => double.NaN,
        ColumnType.Text => "",
        ColumnType.Key => 0u,
        _ => throw new ArgumentException($"{type} cannot be missing"),
    };

    private static ColumnType TypeOf(Node node, bool isNullable) => node.Type switch
    {
        "boolean" => isNullable ? ColumnType.Single : ColumnType.Boolean,
        "integer" => isNullable ? ColumnType.Double : ColumnType.Int64,
        "int32" => isNullable ? ColumnType.Double : ColumnType.Int32,
        "float" => ColumnType.Single,
        "number" => ColumnType.Double,
        "enum" => ColumnType.Key,
        _ => ColumnType.Text,
    };

    private static IEnumerable<(Node Node, bool IsNullable)> Leaves(Node node, bool isNullable) => node.Members is null
        ? [(node, isNullable)]
        : node.Members.SelectMany(m => Leaves(m, isNullable || m.AllowsNull || !m.IsRequired));

    private Node Object(string path, int depth)
    {
        string[] kinds = ["boolean", "integer", "int32", "float", "number", "enum", "string", "object"];
        var members = new List<Node>();
        for (int i = _random.Next(depth == 0 ? 1 : 0, depth == 0 ? 10 : 5); i > 0; i--)
        {
            string name = $"m{i}" + (_random.Next(4) == 0 ? "é\"x" : "");
            string member = path.Length == 0 ? name : $"{path}.{name}";
            string kind = kinds[_random.Next(depth < MaxDepth ? kinds.Length : kinds.Length - 1)];
            Node node = kind == "object" ? Object(member, depth + 1) : new Node(member, kind, null);
            members.Add(node with { Name = name, AllowsNull = _random.Next(3) == 0, IsRequired = _random.Next(2) == 0 });
        }

        return new Node(path, "object", members) { IsRequired = true };
    }

    private string Describe(Node node)
    {
        string type = node.Type switch
        {
            "int32" => "\"type\":\"integer\",\"connect.type\":\"int32\"",
            "float" => "\"type\":\"number\",\"connect.type\":\"float32\"",
            "enum" => $"\"enum\":[{string.Join(',', Symbols.Select(s => Quote(s)))}]",
            "object" => "\"type\":\"object\",\"properties\":{" + string.Join(',', node.Members!.Select(m => $"{Quote(m.Name)}:{Describe(m)}"))
                + "},\"required\":[" + string.Join(',', node.Members!.Where(m => m.IsRequired).Select(m => Quote(m.Name))) + "]",
            var other => $"\"type\":\"{other}\"",
        };
        return !node.AllowsNull ? $"{{{type}}}"
            : node.Type is "string" or "boolean" or "integer" or "number" ? $$"""{"type":["null","{{node.Type}}"]}"""
            : $$"""{"oneOf":[{"type":"null"},{{{type}}}]}""";
    }

    private string Write(Node node, Dictionary<string, object> row, bool mayBeNull)
    {
        if (mayBeNull && _random.Next(3) == 0)
        {
            foreach ((Node leaf, _) in Leaves(node, false))
            {
                row.Remove(leaf.Path);
            }

            return "null";
        }

        switch (node.Type)
        {
            case "object":
                return WriteObject(node, row);
            case "boolean":
                bool flag = _random.Next(2) == 0;
                row[node.Path] = flag;
                return flag ? "true" : "false";
            case "integer" or "int32":
                long integer = node.Type == "int32" ? _random.Next(int.MinValue, int.MaxValue) : _random.NextInt64(long.MinValue, long.MaxValue) >> _random.Next(64);
                row[node.Path] = integer;
                return integer + (_random.Next(6) switch { 0 => ".0", 1 => "e0", 2 when integer != 0 => "00E-2", _ => "" });
            case "float":
                float single = BitConverter.Int32BitsToSingle(_random.Next());
                single = float.IsFinite(single) ? single : 0.1f;
                row[node.Path] = single;
                return single.ToString("R", CultureInfo.InvariantCulture);
            case "number":
                double number = BitConverter.Int64BitsToDouble(_random.NextInt64());
                number = double.IsFinite(number) ? number : 1e-7;
                row[node.Path] = number;
                return number.ToString(_random.Next(2) == 0 ? "R" : "E17", CultureInfo.InvariantCulture);
            case "enum":
                string symbol = Symbols[_random.Next(Symbols.Length)];
                row[node.Path] = symbol;
                return Quote(symbol, _random.Next(3));
            default:
                string text = new([.. Enumerable.Range(0, _random.Next(40)).Select(_ => "abc \"\\/\n\u0001é漢ß"[_random.Next(12)])]);
                text += _random.Next(3) == 0 ? "😀" : "";
                row[node.Path] = text;
                return Quote(text, _random.Next(3));
        }
    }

    private string WriteObject(Node node, Dictionary<string, object> row)
    {
        foreach ((Node leaf, _) in Leaves(node, false))
        {
            row.Remove(leaf.Path);
        }

        var parts = new List<string>();
        List<Node> members = [.. node.Members!];
        if (_random.Next(3) == 0)
        {
            _random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(members));
        }

        foreach (Node member in members)
        {
            if (_random.Next(4) == 0)
            {
                parts.Add($"{Quote($"unknown{_random.Next(3)}")}{Blanks()}:{(_random.Next(2) == 0 ? "[1,{\"m1\":[]},null]" : "{\"m1\":{\"m2\":1},\"x\":\"}\"}")}");
            }

            int times = member.IsRequired ? 1 : _random.Next(2);
            for (int i = _random.Next(6) == 0 ? 2 * times : times; i > 0; i--)
            {
                parts.Add($"{Blanks()}{Quote(member.Name, _random.Next(3))}{Blanks()}:{Blanks()}{Write(member, row, member.AllowsNull)}{Blanks()}");
            }
        }

        return $"{{{string.Join(',', parts)}{Blanks()}}}";
    }

    private string Blanks() => new([.. Enumerable.Range(0, Math.Max(0, _random.Next(6) - 3)).Select(_ => " \t\r\n"[_random.Next(4)])]);

    /// <summary>A text as JSON writes it: as it is where it may, or with escapes, or with nothing else.</summary>
    private static string Quote(string text, int style = 0)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            bool must = c is '"' or '\\' or < ' ';
            quoted.Append((must, style) switch
            {
                (_, 2) => $"\\u{(int)c:x4}",
                (true, 1) when c == '\n' => "\\n",
                (false, 1) when c == '/' => "\\/",
                (true, _) => c < ' ' ? $"\\u{(int)c:X4}" : $"\\{c}",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private sealed record Node(string Path, string Type, IReadOnlyList<Node>? Members)
    {
        public string Name { get; init; } = "";

        public bool AllowsNull { get; init; }

        public bool IsRequired { get; init; }
    }
}
