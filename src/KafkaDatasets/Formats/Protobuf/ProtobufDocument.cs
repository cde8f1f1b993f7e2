using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Shapes;
using FieldType = KafkaDatasets.Shapes.FieldType;
using Wire = Google.Protobuf.Reflection.FieldDescriptorProto.Types;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Writes the proto3 schema of a shape, whose first message is the row: a file descriptor in base64, the form in which Confluent's serializers (except Java's) register schemas.</summary>
/// <remarks>Clients without a .proto compiler can read it from any registry; Confluent's shows it as text.</remarks>
internal static class ProtobufDocument
{
    private const string TimestampType = ".google.protobuf.Timestamp";
    private const string DurationType = ".google.protobuf.Duration";

    public static string Of(RecordShape shape) => File(shape).ToByteString().ToBase64();

    public static FileDescriptorProto File(RecordShape shape)
    {
        NamedType[] types = [.. shape.Within.Prepend(shape).DistinctBy(type => type.Name)];
        ILookup<bool, EnumType> enums = Enclosed(types);
        string scope = string.IsNullOrEmpty(shape.Namespace) ? "." : $".{shape.Namespace}.";
        Dictionary<string, string> names = types.ToDictionary(type => type.Name, type => scope + type.Name);
        foreach (EnumType type in enums[true])
        {
            names[type.Name] += $".{NameWithin(type)}";
        }

        var file = new FileDescriptorProto { Name = $"{shape.Name}.proto", Syntax = "proto3" };
        if (!string.IsNullOrEmpty(shape.Namespace))
        {
            file.Package = shape.Namespace;
        }

        file.MessageType.AddRange(types.OfType<RecordShape>().Select(record => Message(record, names)));
        file.MessageType.AddRange(enums[true].Select(type => new DescriptorProto { Name = type.Name, EnumType = { Enum(NameWithin(type), type) } }));
        file.EnumType.AddRange(enums[false].Select(type => Enum(type.Name, type)));
        string[] used = [.. file.MessageType.SelectMany(m => m.Field.Concat(m.NestedType.SelectMany(n => n.Field))).Select(f => f.TypeName)];
        file.Dependency.AddRange(used.Contains(DurationType) ? ["google/protobuf/duration.proto"] : []);
        file.Dependency.AddRange(used.Contains(TimestampType) ? ["google/protobuf/timestamp.proto"] : []);
        return file;
    }

    private static DescriptorProto Message(RecordShape record, Dictionary<string, string> names)
    {
        var message = new DescriptorProto { Name = record.Name };
        foreach (RowField field in record.Fields)
        {
            FieldDescriptorProto described = field.Type is MapType map
                ? Map(message, field, map, names[record.Name], names)
                : Field(field.Name, field.Number, field.Type is ListType list ? list.Item : field.Type, names);
            if (field.Type is ListType or MapType)
            {
                described.Label = Wire.Label.Repeated;
            }
            else if (field.Type.IsNullable)
            {
                described.Proto3Optional = true;
                described.OneofIndex = message.OneofDecl.Count;
                message.OneofDecl.Add(new OneofDescriptorProto { Name = $"_{field.Name}" });
            }

            message.Field.Add(described);
        }

        return message;
    }

    /// <summary>Describes a map: a list of entries, which are nested messages (language guide, "Maps").</summary>
    private static FieldDescriptorProto Map(DescriptorProto message, RowField field, MapType map, string messageName, Dictionary<string, string> names)
    {
        string name = $"{string.Concat(field.Name.Split('_').Select(part => part.Length == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]))}Entry";
        message.NestedType.Add(new DescriptorProto
        {
            Name = name,
            Field = { Field("key", 1, new ScalarType(ScalarKind.Text), names), Field("value", 2, map.Value, names) },
            Options = new MessageOptions { MapEntry = true },
        });
        return new FieldDescriptorProto { Name = field.Name, Number = field.Number, Type = Wire.Type.Message, TypeName = $"{messageName}.{name}" };
    }

    private static FieldDescriptorProto Field(string name, int number, FieldType type, Dictionary<string, string> names)
    {
        (Wire.Type wire, string? typeName) = TypeOf(type, names);
        var field = new FieldDescriptorProto { Name = name, Number = number, Label = Wire.Label.Optional, Type = wire };
        if (typeName is not null)
        {
            field.TypeName = typeName;
        }

        return field;
    }

    private static EnumDescriptorProto Enum(string name, EnumType type)
        => new() { Name = name, Value = { type.Symbols.Select((symbol, i) => new EnumValueDescriptorProto { Name = symbol, Number = i }) } };

    /// <summary>Groups the enums by whether a symbol clashes with another name: symbols are siblings of their enum, not members, so such an enum needs an enclosing message.</summary>
    private static ILookup<bool, EnumType> Enclosed(NamedType[] types)
    {
        HashSet<string> taken = [.. types.Select(type => type.Name)];
        return types.OfType<EnumType>().ToLookup(type =>
        {
            bool isEnclosed = type.Symbols.Any(taken.Contains);
            taken.UnionWith(isEnclosed ? [] : type.Symbols);
            return isEnclosed;
        });
    }

    /// <summary>Returns the name of an enum in its enclosing message, different from all of its symbols.</summary>
    private static string NameWithin(EnumType type)
    {
        string name = "Value";
        while (type.Symbols.Contains(name))
        {
            name += "_";
        }

        return name;
    }

    private static (Wire.Type Type, string? Name) TypeOf(FieldType type, Dictionary<string, string> names) => type switch
    {
        EnumType symbols => (Wire.Type.Enum, names[symbols.Name]),
        RecordShape record => (Wire.Type.Message, names[record.Name]),
        ScalarType scalar => scalar.Kind switch
        {
            ScalarKind.Boolean => (Wire.Type.Bool, null),
            ScalarKind.Int32 => (Wire.Type.Int32, null),
            ScalarKind.Int64 => (Wire.Type.Int64, null),
            ScalarKind.UInt32 => (Wire.Type.Uint32, null),
            ScalarKind.UInt64 => (Wire.Type.Uint64, null),
            ScalarKind.Single => (Wire.Type.Float, null),
            ScalarKind.Double => (Wire.Type.Double, null),
            ScalarKind.Bytes => (Wire.Type.Bytes, null),
            ScalarKind.Timestamp or ScalarKind.LocalTimestamp => (Wire.Type.Message, TimestampType),
            ScalarKind.TimeSpan => (Wire.Type.Message, DurationType),
            ScalarKind.Decimal or ScalarKind.Text or ScalarKind.Uuid or ScalarKind.Date or ScalarKind.Time => (Wire.Type.String, null),
            _ => throw new UnreachableException(),
        },
        ListType or MapType => (Wire.Type.String, null), // nested lists and maps are rejected when their encoder is built
        _ => throw new UnreachableException(),
    };
}
