using System.Text.Json;
using Confluent.SchemaRegistry;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Json;

/// <summary>Reads the positions and types of values from JSON Schema (drafts 4 to 2020-12).</summary>
internal sealed class JsonSchemaDocument
{
    /// <summary>The maximum nesting depth of schemas.</summary>
    private const int MaxDepth = 64;

    /// <summary>The maximum number of columns in a schema, including referenced schemas.</summary>
    private const int MaxFields = 10_000;

    private const string Null = "null";

    private readonly Dictionary<string, JsonElement> _documents = [];
    private readonly Dictionary<string, string> _unreadable = [];
    private readonly Dictionary<string, string> _paths = [];
    private readonly HashSet<string> _clashes = [];
    private List<JsonElement> _open = [];
    private int _depth;
    private readonly SchemaDocument _source;
    private readonly WantedColumns _wanted;
    private readonly JsonSchemaNode _root;
    private string? _recursion;

    /// <summary>Reads a schema.</summary>
    /// <param name="source">The schema.</param>
    /// <param name="wanted">The columns requested by name, including keys of maps (members that only <c>additionalProperties</c> describes) and fields of recursive objects.</param>
    /// <exception cref="SchemaException">The document is not a JSON Schema, or the columns have no root and it does not describe objects.</exception>
    public JsonSchemaDocument(SchemaDocument source, WantedColumns wanted)
    {
        source.Require(SchemaType.Json);
        _source = source;
        _wanted = wanted;
        try
        {
            foreach (ReferencedSchema reference in source.References)
            {
                _documents[reference.Name] = Parse(reference.Text);
            }

            JsonElement root = Parse(source.Text);
            _documents[""] = root;
            if (Text(root, "$id") is { } id)
            {
                _documents.TryAdd(id.TrimEnd('#'), root);
            }

            _root = new JsonSchemaNode(root, "");
            string? title = TitleOf(_root) ?? (Text(root, "$ref") is { } uri ? FileName(uri) : null);
            Title = Text(root, "title") ?? Text(root, "$id") ?? title;
            Name = title ?? source.Name;
        }
        catch (JsonException e)
        {
            throw new SchemaException($"The schema of {source.Name} is not JSON: {e.Message}", e) { SchemaId = source.Id };
        }
    }

    /// <summary>The schema's title, or its source.</summary>
    public string Name { get; }

    /// <summary>The name of the type that the schema describes: its title, otherwise its id, otherwise the title or the name of the schema that it refers to; null when it has none of them.</summary>
    public string? Title { get; }

    /// <summary>The member names of the whole text, if it is an object.</summary>
    public IReadOnlyCollection<string> MemberNames => KnownNames([.. Parts(_root, 0)]);

    /// <summary>The members that are not columns, each with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable => _unreadable;

    /// <summary>Reads the description of a whole text.</summary>
    /// <exception cref="SchemaException">The columns have no root, and it is not an object or a choice of objects.</exception>
    public JsonField ReadRoot()
    {
        return Field(_root, "", _wanted.Root, isRequired: true, out string? reason) is { } field && (field.Kind is JsonKind.Object or JsonKind.Choice || _wanted.Root.Length > 0)
            ? Settled(field) with { AllowsNull = field.AllowsNull && field.Kind is not (JsonKind.Object or JsonKind.Choice) }
            : throw Refuse($"does not describe an object, whose members become columns{(reason is null ? "" : $": {reason}")}");
    }

    private JsonField Settled(JsonField root)
    {
        JsonField settled = new JsonClashes(_clashes).Settle(root, out string? refused);
        return refused is null ? settled : throw Refuse($"has a member '{refused}' and also a path of this name, and both cannot be one column: declare the columns with {nameof(RecordFormat)}.{nameof(RecordFormat.Json)}");
    }

    /// <summary>Reads the description of a whole text, or null when there is none.</summary>
    public JsonField? TryReadRoot()
    {
        try
        {
            return Field(_root, "", _wanted.Root, isRequired: true, out _);
        }
        catch (SchemaException)
        {
            return null;
        }
    }

    /// <summary>Reads the types of a whole text that is a choice, each with its name and signature; empty when there is no choice.</summary>
    public IReadOnlyList<JsonField> ReadTypes() =>
        Others(_root) is { Count: > 1 } types ? [.. types.Select(t => new JsonField(TypeName(t), "", JsonKind.Object) { Signature = Signature(t) })] : [];

    private static JsonElement Parse(string text) => JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = 2 * MaxDepth });

    private SchemaException Refuse(string what) => new($"The schema of {_source.Name} {what}.") { SchemaId = _source.Id };

    /// <summary>Returns the description of a value, or null and the reason why it cannot be a column.</summary>
    private JsonField? Field(JsonSchemaNode schema, string name, string path, bool isRequired, out string? reason)
    {
        if (_depth >= MaxDepth)
        {
            reason = $"schemas are nested more than {MaxDepth} deep";
            return null;
        }

        if (schema.Type is not null)
        {
            return Described(schema, new JsonField(name, path, JsonKind.Scalar) { IsRequired = isRequired }, out reason); // one of the types of the schema that is being read
        }

        string? outer = _recursion;
        List<JsonElement> outside = _open;
        if (_open.Contains(schema.Element, SameElement.Instance))
        {
            if (!_wanted.HasRecord(path))
            {
                reason = WantedColumns.ReasonOfRecursion(ColumnPath.Join(path, "field"));
                return null;
            }

            _recursion = path;
            _open = []; // its members are those that the object has when it is the outermost
        }

        _depth++;
        _open.Add(schema.Element);
        JsonField? field = Described(schema, new JsonField(name, path, JsonKind.Scalar) { IsRequired = isRequired }, out reason);
        _open.RemoveAt(_open.Count - 1);
        _depth--;
        _open = outside;
        _recursion = outer;
        return field;
    }

    private JsonField? Described(JsonSchemaNode schema, JsonField field, out string? reason)
    {
        reason = null;
        field = field with { Description = field.Description ?? Text(schema.Element, "description") };
        if (Text(schema.Element, "$ref") is { } reference)
        {
            return Resolve(schema, reference, out reason) is { } target ? Redescribed(target, field, out reason) : null;
        }

        if (Alternatives(schema) is { } alternatives)
        {
            List<JsonSchemaNode> others = Others(schema);
            field = field with { AllowsNull = field.AllowsNull || alternatives.Exists(a => TypesOf(a).Contains(Null)) };
            return others.Count switch
            {
                0 => null,
                1 => Redescribed(others[0], field, out reason),
                _ => Choice(others, field, out reason),
            };
        }

        if (schema.Type is null && TypesOf(schema).Where(t => t != Null).ToArray() is { Length: > 1 } several)
        {
            field = field with { AllowsNull = field.AllowsNull || TypesOf(schema).Contains(Null) };
            return Choice([.. several.Select(t => schema with { Type = t })], field, out reason);
        }

        (string? type, bool allowsNull) = TypeOf(schema);
        field = field with { AllowsNull = field.AllowsNull || allowsNull };
        switch (type)
        {
            case "object":
                return Object(schema, field, out reason);
            case "array":
                return List(schema, field, out reason);
            case "string" when Symbols(schema.Element) is { } symbols:
                return Scalar(field, ColumnType.Key) with { Symbols = symbols };
            case "string":
                return OfFormat(field, Text(schema.Element, "format"));
            case "boolean":
                return Scalar(field, ColumnType.Boolean);
            case "integer" or "number" when JsonLogicalType.Of(schema.Element) is { } logical:
                return logical.Describe(field);
            case "integer":
                return Scalar(field, Is32Bits(schema.Element) ? ColumnType.Int32 : Text(schema.Element, "format") switch { "uint32" => ColumnType.UInt32, "uint64" => ColumnType.UInt64, _ => ColumnType.Int64 });
            case "number":
                return Scalar(field, IsSingle(schema.Element) ? ColumnType.Single : ColumnType.Double);
            default:
                reason = type is null ? "its schema names no single type" : $"the JSON type {type} is not supported as a column";
                return null;
        }
    }

    /// <summary>Describes an object; one without properties in the schema is a map of the requested keys.</summary>
    private JsonField? Object(JsonSchemaNode schema, JsonField field, out string? reason)
    {
        JsonSchemaNode[] parts = [.. Parts(schema, 0)];
        List<JsonField> members = Members(parts, field.Path);
        reason = members.Count > 0 || field.Path == _wanted.Root ? null
            : Array.Exists(parts, p => HasObject(p, "additionalProperties")) ? WantedColumns.ReasonOfMap(field.Path)
            : Array.Exists(parts, p => HasObject(p, "properties")) ? null
            : "its schema describes no members, neither by 'properties' nor by 'additionalProperties'";
        return reason is null ? field with { Kind = JsonKind.Object, Title = TitleOf(schema), Members = members, KnownNames = KnownNames(parts) } : null;
    }

    private static string[] KnownNames(JsonSchemaNode[] parts) =>
        [.. parts.Where(p => HasObject(p, "properties")).SelectMany(p => p.Element.GetProperty("properties").EnumerateObject()).Select(p => p.Name).Distinct()];

    /// <summary>Describes a choice of types: one field per type, under its name.</summary>
    private JsonField? Choice(IReadOnlyList<JsonSchemaNode> types, JsonField field, out string? reason)
    {
        var names = new HashSet<string>();
        var members = new List<JsonField>();
        foreach (JsonSchemaNode type in types)
        {
            JsonSignature signature = Signature(type);
            string simple = TypeName(type);
            string name = simple;
            for (int i = 2; !names.Add(name); i++)
            {
                if (signature.Kinds != JsonTokens.Object)
                {
                    reason = $"a choice of two types that are both {simple} is not supported";
                    return null;
                }

                name = $"{simple}{i}";
            }

            string path = ColumnPath.Join(field.Path, name);
            JsonField? member = Field(type, name, path, isRequired: true, out string? why);
            if (why is not null)
            {
                _unreadable.TryAdd(path, why);
            }

            members.Add((member ?? new JsonField(name, path, JsonKind.Object)) with { Signature = signature });
        }

        reason = null;
        return field with { Kind = JsonKind.Choice, Members = members };
    }

    /// <summary>Returns the types of a choice except null, including those of nested choices.</summary>
    private List<JsonSchemaNode> Others(JsonSchemaNode schema, int depth = 0) => Alternatives(schema) is not { } alternatives || depth > MaxDepth
        ? []
        : [.. alternatives.Where(a => !TypesOf(a).SequenceEqual([Null])).SelectMany(a => Others(Target(a), depth + 1) is { Count: > 1 } inner ? inner : [a])];

    /// <summary>Returns the title of a schema; without one, that of the schema that it refers to, or of the only one in its <c>allOf</c>; null when there is none.</summary>
    private string? TitleOf(JsonSchemaNode schema, int depth = 0)
    {
        JsonSchemaNode target = Target(schema);
        return Text(schema.Element, "title") is { } title ? title
            : depth > MaxDepth ? null
            : target != schema ? TitleOf(target, depth + 1)
            : All(schema, "allOf").Take(2).ToArray() is [var only] ? TitleOf(only, depth + 1)
            : null;
    }

    private JsonSchemaNode Target(JsonSchemaNode schema) => Text(schema.Element, "$ref") is { } reference && Resolve(schema, reference, out _) is { } target ? target : schema;

    /// <summary>Returns the name of a type of a choice, as in Avro: for an object its name without the namespace, for others their type.</summary>
    private string TypeName(JsonSchemaNode schema)
    {
        JsonSchemaNode target = Target(schema);
        if (TypeOf(target) is { Type: { } type and not "object" })
        {
            return type;
        }

        if (Text(target.Element, "title") is { } title)
        {
            return SimpleName(title);
        }

        return (Text(schema.Element, "$ref") ?? Text(target.Element, "$id")) is { } uri ? FileName(uri) : "object";
    }

    /// <summary>Returns the last part of a name with dots, such as <c>Order</c> of <c>com.shop.Order</c>; other titles are unchanged.</summary>
    public static string SimpleName(string title) => title.All(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '$') ? title[(title.LastIndexOf('.') + 1)..] : title;

    /// <summary>Returns the last segment of a URI, without the file extension.</summary>
    private static string FileName(string uri)
    {
        string name = uri.TrimEnd('#', '/');
        name = Uri.UnescapeDataString(name[(name.LastIndexOfAny(['/', '#', ':']) + 1)..]);
        return name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? name[..^".json".Length] is var stem && stem.EndsWith(".schema", StringComparison.OrdinalIgnoreCase) ? stem[..^".schema".Length] : name[..^".json".Length] : SimpleName(name);
    }

    /// <summary>Returns what distinguishes the values of a type from those of others.</summary>
    private JsonSignature Signature(JsonSchemaNode schema)
    {
        JsonTokens kinds = KindsOf(schema, 0);
        if (!kinds.HasFlag(JsonTokens.Object))
        {
            return new JsonSignature(kinds);
        }

        JsonSchemaNode[] parts = [.. Parts(schema, 0)];
        JsonProperty[] properties = [.. parts.Where(p => HasObject(p, "properties")).SelectMany(p => p.Element.GetProperty("properties").EnumerateObject()).DistinctBy(p => p.Name)];
        return new JsonSignature(kinds)
        {
            Members = properties.ToDictionary(p => p.Name, p => KindsOf(schema with { Element = p.Value, Document = DocumentOf(parts, p) }, 0)),
            Constants = properties.Select(p => (p.Name, Values: Constants(p.Value))).Where(p => p.Values is not null).ToDictionary(p => p.Name, p => p.Values!),
            Required = [.. Required(parts)],
            IsClosed = Array.Exists(parts, p => p.Element.TryGetProperty("additionalProperties", out JsonElement others) && others.ValueKind == JsonValueKind.False),
        };
    }

    private static string DocumentOf(JsonSchemaNode[] parts, JsonProperty property) =>
        parts.First(p => HasObject(p, "properties") && p.Element.GetProperty("properties").TryGetProperty(property.Name, out _)).Document;

    private static IReadOnlyList<string>? Constants(JsonElement schema) =>
        Text(schema, "const") is { } text ? [text] : schema.ValueKind == JsonValueKind.Object ? Symbols(schema) : null;

    /// <summary>Returns the kinds of values that a schema allows.</summary>
    private JsonTokens KindsOf(JsonSchemaNode schema, int depth)
    {
        if (depth > MaxDepth)
        {
            return JsonTokens.All;
        }

        if (Text(schema.Element, "$ref") is { } reference)
        {
            return Resolve(schema, reference, out _) is { } target ? KindsOf(target, depth + 1) : JsonTokens.All;
        }

        if (Alternatives(schema) is { } alternatives)
        {
            return alternatives.Aggregate(JsonTokens.None, (kinds, a) => kinds | KindsOf(a, depth + 1));
        }

        return TypesOf(schema).Aggregate(JsonTokens.None, (kinds, type) => kinds | type switch
        {
            "object" => JsonTokens.Object,
            "array" => JsonTokens.Array,
            "string" => JsonTokens.String,
            "integer" or "number" when JsonLogicalType.Of(schema.Element) is { IsText: true } => JsonTokens.Number | JsonTokens.String,
            "integer" or "number" => JsonTokens.Number,
            "boolean" => JsonTokens.Boolean,
            Null => JsonTokens.Null,
            _ => JsonTokens.All,
        }) is var kinds and not JsonTokens.None ? kinds : JsonTokens.All;
    }

    private static HashSet<string> Required(JsonSchemaNode[] parts)
    {
        var required = new HashSet<string>();
        foreach (JsonSchemaNode part in parts)
        {
            if (part.Element.TryGetProperty("required", out JsonElement names) && names.ValueKind == JsonValueKind.Array)
            {
                required.UnionWith(names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!));
            }
        }

        return required;
    }

    private static bool HasObject(JsonSchemaNode schema, string keyword) =>
        schema.Element.TryGetProperty(keyword, out JsonElement value) && value.ValueKind == JsonValueKind.Object;

    private static JsonField Scalar(JsonField field, ColumnType type) => field with { Kind = JsonKind.Scalar, Type = type };

    /// <summary>Describes a text, or a time according to its format: those of JSON Schema, of OpenAPI's registry (date-time-local), and of NJsonSchema (time-span).</summary>
    private static JsonField OfFormat(JsonField field, string? format) => format switch
    {
        "date-time" => Scalar(field, ColumnType.DateTimeOffset),
        "date-time-local" => Scalar(field, ColumnType.DateTime) with { Form = JsonTimeForm.LocalDateTime },
        "date" => Scalar(field, ColumnType.DateTime) with { Form = JsonTimeForm.Date },
        "time" => Scalar(field, ColumnType.TimeSpan) with { Form = JsonTimeForm.TimeOfDay },
        "duration" or "time-span" => Scalar(field, ColumnType.TimeSpan),
        _ => Scalar(field, ColumnType.Text),
    };

    /// <summary>Describes a list whose items all have the same schema.</summary>
    private JsonField? List(JsonSchemaNode schema, JsonField field, out string? reason)
    {
        reason = "a list whose items have no single schema is not supported";
        if (!schema.Element.TryGetProperty("items", out JsonElement items) || items.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        JsonField? item = Field(schema with { Element = items }, "", field.Path, isRequired: true, out reason);
        return item is null ? null : field with { Kind = JsonKind.List, Size = Size(schema.Element), Members = [item] };
    }

    /// <summary>Returns the fixed number of items that a list has according to its schema, or 0.</summary>
    private static int Size(JsonElement schema) =>
        schema.TryGetProperty("minItems", out JsonElement least) && schema.TryGetProperty("maxItems", out JsonElement most)
        && least.ValueKind == JsonValueKind.Number && most.ValueKind == JsonValueKind.Number
        && least.TryGetInt32(out int min) && most.TryGetInt32(out int max) && min == max && min is > 0 and <= MaxFields
            ? min
            : 0;

    /// <summary>Describes the same value by another schema.</summary>
    private JsonField? Redescribed(JsonSchemaNode schema, JsonField field, out string? reason)
    {
        if (Field(schema, field.Name, field.Path, field.IsRequired, out reason) is not { } described)
        {
            return null;
        }

        return described with { AllowsNull = described.AllowsNull || field.AllowsNull, Description = field.Description ?? described.Description };
    }

    /// <summary>Returns the members of an object, including those of its <c>allOf</c>, ordered by Kafka Connect's <c>connect.index</c> if given.</summary>
    private List<JsonField> Members(JsonSchemaNode[] parts, string path)
    {
        var found = new List<(int Order, JsonField Field)>();
        HashSet<string> required = Required(parts);
        foreach (JsonSchemaNode part in parts.Where(p => HasObject(p, "properties")))
        {
            foreach (JsonProperty property in part.Element.GetProperty("properties").EnumerateObject())
            {
                Add(property.Name, part with { Element = property.Value }, isNamed: true);
            }
        }

        foreach (JsonSchemaNode part in parts.Where(p => HasObject(p, "additionalProperties")))
        {
            JsonSchemaNode values = part with { Element = part.Element.GetProperty("additionalProperties") };
            foreach (string key in _wanted.Keys(path, HasMembers(values, 0)))
            {
                Add(key, values, isNamed: false);
            }
        }

        return [.. found.OrderBy(f => f.Order).Select(f => f.Field)];

        void Add(string name, JsonSchemaNode schema, bool isNamed)
        {
            string member = ColumnPath.Join(path, name);
            if (!_paths.TryAdd(member, name))
            {
                if (!isNamed || _paths[member] == name)
                {
                    return; // already described by another part of allOf
                }

                _clashes.Add(member);
            }

            if (_paths.Count > MaxFields)
            {
                throw Refuse($"has more than {MaxFields} members");
            }

            string? reason = name.Length == 0 ? "it has no name"
                : _recursion is { } outer && !_wanted.HasField(member, outer) ? WantedColumns.ReasonOfRecursion(member)
                : null;
            if (reason is null && Field(schema, name, member, required.Contains(name), out reason) is { } field)
            {
                found.Add((Order(schema.Element), field));
            }
            else
            {
                _unreadable.TryAdd(member, reason!);
            }
        }
    }

    /// <summary>Whether a value is an object or a list of objects, so that its columns are below its path.</summary>
    private bool HasMembers(JsonSchemaNode schema, int depth) =>
        depth < MaxDepth
        && (Text(schema.Element, "$ref") is { } reference ? Resolve(schema, reference, out _) is { } target && HasMembers(target, depth + 1)
            : Alternatives(schema) is { } alternatives ? alternatives.Exists(a => HasMembers(a, depth + 1))
            : TypeOf(schema).Type is "array" ? HasObject(schema, "items") && HasMembers(schema with { Element = schema.Element.GetProperty("items") }, depth + 1)
            : TypeOf(schema).Type == "object");

    /// <summary>Returns the schemas that together describe an object.</summary>
    private IEnumerable<JsonSchemaNode> Parts(JsonSchemaNode schema, int depth)
    {
        if (depth > MaxDepth)
        {
            yield break;
        }

        if (Text(schema.Element, "$ref") is { } reference && Resolve(schema, reference, out _) is { } target)
        {
            foreach (JsonSchemaNode part in Parts(target, depth + 1))
            {
                yield return part;
            }

            yield break;
        }

        if (schema.Element.ValueKind == JsonValueKind.Object)
        {
            yield return schema;
            foreach (JsonSchemaNode each in All(schema, "allOf"))
            {
                foreach (JsonSchemaNode part in Parts(each, depth + 1))
                {
                    yield return part;
                }
            }
        }
    }

    /// <summary>Returns the schemas of a choice, or null when there is no choice.</summary>
    private static List<JsonSchemaNode>? Alternatives(JsonSchemaNode schema)
    {
        foreach (string choice in (string[])["oneOf", "anyOf"])
        {
            if (All(schema, choice).ToList() is { Count: > 0 } alternatives)
            {
                return alternatives;
            }
        }

        return All(schema, "allOf").ToList() is { Count: 1 } only && !schema.Element.TryGetProperty("properties", out _) ? only : null;
    }

    private static IEnumerable<JsonSchemaNode> All(JsonSchemaNode schema, string keyword) =>
        schema.Element.ValueKind == JsonValueKind.Object && schema.Element.TryGetProperty(keyword, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(e => schema with { Element = e })
            : [];

    /// <summary>Returns the types that a schema names, or that its keywords imply.</summary>
    private static string[] TypesOf(JsonSchemaNode node)
    {
        JsonElement schema = node.Element;
        if (node.Type is { } chosen)
        {
            return [chosen];
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        if (schema.TryGetProperty("type", out JsonElement type))
        {
            return type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.ToString())] : [type.ToString()];
        }

        if (schema.TryGetProperty("properties", out _) || schema.TryGetProperty("allOf", out _))
        {
            return ["object"];
        }

        return Symbols(schema) is null ? []
            : schema.GetProperty("enum").EnumerateArray().Any(v => v.ValueKind == JsonValueKind.Null) ? ["string", Null]
            : ["string"];
    }

    /// <summary>Returns the only type besides null.</summary>
    private static (string? Type, bool AllowsNull) TypeOf(JsonSchemaNode schema)
    {
        string[] types = TypesOf(schema);
        string[] others = [.. types.Where(t => t != Null)];
        return (others.Length == 1 ? others[0] : null, others.Length < types.Length);
    }

    /// <summary>Returns the texts that <c>enum</c> allows, or null when it allows anything other than texts and null.</summary>
    private static List<string>? Symbols(JsonElement schema)
    {
        if (!schema.TryGetProperty("enum", out JsonElement values) || values.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        JsonElement[] symbols = [.. values.EnumerateArray().Where(v => v.ValueKind != JsonValueKind.Null)];
        return symbols.Length > 0 && Array.TrueForAll(symbols, s => s.ValueKind == JsonValueKind.String) ? [.. symbols.Select(s => s.GetString()!).Distinct()] : null;
    }

    private static bool Is32Bits(JsonElement schema) => Text(schema, "connect.type") is "int8" or "int16" or "int32" || Text(schema, "format") is "int8" or "int16" or "int32";

    private static bool IsSingle(JsonElement schema) => Text(schema, "connect.type") == "float32" || Text(schema, "format") == "float";

    private static int Order(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return int.MaxValue;
        }

        if (schema.TryGetProperty("connect.index", out JsonElement index) && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out int order))
        {
            return order;
        }

        return schema.TryGetProperty("oneOf", out JsonElement choice) && choice.ValueKind == JsonValueKind.Array
            ? choice.EnumerateArray().Select(Order).DefaultIfEmpty(int.MaxValue).Min()
            : int.MaxValue;
    }

    private static string? Text(JsonElement schema, string keyword) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(keyword, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Resolves a URI, with a JSON pointer, to a schema in the same document or a referenced one.</summary>
    private JsonSchemaNode? Resolve(JsonSchemaNode schema, string reference, out string? reason)
    {
        int hash = reference.IndexOf('#');
        string uri = hash < 0 ? reference : reference[..hash];
        string document = uri.Length == 0 ? schema.Document : Find(uri);
        reason = $"its schema '{reference}' does not exist";
        if (!_documents.TryGetValue(document, out JsonElement element))
        {
            return null;
        }

        string pointer = hash < 0 ? "" : Uri.UnescapeDataString(reference[(hash + 1)..]);
        if (pointer.Length > 0 && pointer[0] != '/')
        {
            return null;
        }

        foreach (string token in pointer.Split('/').Skip(1).Select(t => t.Replace("~1", "/").Replace("~0", "~")))
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(token, out JsonElement member))
            {
                element = member;
            }
            else if (element.ValueKind == JsonValueKind.Array && int.TryParse(token, out int index) && (uint)index < (uint)element.GetArrayLength())
            {
                element = element[index];
            }
            else
            {
                return null;
            }
        }

        reason = null;
        return new JsonSchemaNode(element, document);
    }

    /// <summary>Finds the name of a document: its URI, or the only name with the same ending.</summary>
    private string Find(string uri)
    {
        if (_documents.ContainsKey(uri))
        {
            return uri;
        }

        string file = uri[(uri.LastIndexOf('/') + 1)..];
        string[] same = [.. _documents.Keys.Where(d => d.Length > 0 && d[(d.LastIndexOf('/') + 1)..] == file)];
        return same.Length == 1 ? same[0] : uri;
    }

    /// <summary>Compares elements by their position in a document.</summary>
    private sealed class SameElement : IEqualityComparer<JsonElement>
    {
        public static SameElement Instance { get; } = new();

        public bool Equals(JsonElement x, JsonElement y) => x.Equals(y);

        public int GetHashCode(JsonElement obj) => obj.GetHashCode();
    }
}
