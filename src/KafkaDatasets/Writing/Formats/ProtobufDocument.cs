using System.Text;
using KafkaDatasets.Writing.Shapes;

namespace KafkaDatasets.Writing.Formats;

/// <summary>The .proto file of a shape: proto3, the row its first message.</summary>
internal static class ProtobufDocument
{
    private const string TimestampType = "google.protobuf.Timestamp";
    private const string DurationType = "google.protobuf.Duration";

    public static string Of(RecordShape shape)
    {
        FieldType[] types = [shape, .. Within(shape).DistinctBy(NameOf)];
        HashSet<string> prefixed = Prefixed(types);
        string definitions = string.Join('\n', types.Select(type => type is EnumType symbols ? Enum(symbols, prefixed) : Message((RecordShape)type)));

        var text = new StringBuilder("syntax = \"proto3\";\n");
        if (!string.IsNullOrEmpty(shape.Namespace))
        {
            text.Append($"package {shape.Namespace};\n");
        }

        foreach ((string type, string file) in (ReadOnlySpan<(string, string)>)[(DurationType, "duration"), (TimestampType, "timestamp")])
        {
            if (definitions.Contains(type, StringComparison.Ordinal))
            {
                text.Append($"import \"google/protobuf/{file}.proto\";\n");
            }
        }

        return text.Append('\n').Append(definitions).ToString();
    }

    private static string Message(RecordShape record)
        => $"message {record.Name} {{\n{string.Concat(record.Fields.Select(field => $"  {Label(field.Type)}{TypeName(field.Type)} {field.Name} = {field.Number};\n"))}}}\n";

    private static string Enum(EnumType type, HashSet<string> prefixed)
    {
        string prefix = prefixed.Contains(type.Name) ? $"{type.Name}_" : "";
        return $"enum {type.Name} {{\n{string.Concat(type.Symbols.Select((symbol, i) => $"  {prefix}{symbol} = {i};\n"))}}}\n";
    }

    /// <summary>The enums whose symbols would be named like something else: a value is a sibling of its enum, not a member of it.</summary>
    private static HashSet<string> Prefixed(FieldType[] types)
    {
        HashSet<string> taken = [.. types.Select(NameOf)];
        var prefixed = new HashSet<string>();
        foreach (EnumType type in types.OfType<EnumType>())
        {
            if (type.Symbols.Any(taken.Contains))
            {
                prefixed.Add(type.Name);
            }
            else
            {
                taken.UnionWith(type.Symbols);
            }
        }

        return prefixed;
    }

    /// <summary>The enums and records that a record's fields are of, at any depth.</summary>
    private static IEnumerable<FieldType> Within(FieldType type) => type switch
    {
        RecordShape record => record.Fields.SelectMany(f => f.Type is RecordShape or EnumType ? Within(f.Type).Prepend(f.Type) : Within(f.Type)),
        ListType { Item: RecordShape or EnumType } list => Within(list.Item).Prepend(list.Item),
        MapType { Value: RecordShape or EnumType } map => Within(map.Value).Prepend(map.Value),
        _ => [],
    };

    private static string NameOf(FieldType type) => type is EnumType symbols ? symbols.Name : ((RecordShape)type).Name;

    private static string Label(FieldType type) => type switch
    {
        ListType => "repeated ",
        MapType => "",
        { IsNullable: true } => "optional ",
        _ => "",
    };

    private static string TypeName(FieldType type) => type switch
    {
        ListType list => TypeName(list.Item),
        MapType map => $"map<string, {TypeName(map.Value)}>",
        EnumType or RecordShape => NameOf(type),
        _ => ((ScalarType)type).Kind switch
        {
            ScalarKind.Boolean => "bool",
            ScalarKind.Int32 => "int32",
            ScalarKind.Int64 => "int64",
            ScalarKind.UInt32 => "uint32",
            ScalarKind.UInt64 => "uint64",
            ScalarKind.Single => "float",
            ScalarKind.Double => "double",
            ScalarKind.Bytes => "bytes",
            ScalarKind.Timestamp => TimestampType,
            ScalarKind.TimeSpan => DurationType,
            _ => "string",
        },
    };
}
