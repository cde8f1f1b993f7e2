using Google.Protobuf.Reflection;

namespace KafkaDatasets.Schemas;

/// <summary>The columns of a Protobuf message.</summary>
internal sealed class ProtobufColumns
{
    /// <summary>How many fields may be read, those of messages in messages too.</summary>
    private const int MaxFields = 10_000;

    private readonly List<DatasetColumn> _columns = [];
    private readonly Dictionary<string, string> _unreadable = [];
    private readonly HashSet<string> _open = [];
    private readonly WantedColumns _wanted;
    private int _fields;

    /// <summary>The columns: every field of a scalar type, those of nested messages under their paths; repeated ones as vectors; of a map one for each key that is asked for.</summary>
    /// <param name="message">The message.</param>
    /// <param name="wanted">Columns that are asked for by name, among them keys of maps.</param>
    public ProtobufColumns(MessageDescriptor message, WantedColumns wanted)
    {
        _wanted = wanted;
        Root = new ProtobufField(wanted.Root, ProtobufKind.Message, null) { Members = Members(message, wanted.Root, false, false) };
        Schema = new DatasetSchema(message.FullName, _columns, _unreadable);
    }

    public ProtobufField Root { get; }

    public DatasetSchema Schema { get; }

    private List<ProtobufField> Members(MessageDescriptor message, string path, bool isNullable, bool isInList)
    {
        var members = new List<ProtobufField>();
        _open.Add(message.FullName);
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            Count(message);
            string member = AvroColumns.Join(path, field.Name);
            if (Reason(field, member, isInList) is { } reason)
            {
                _unreadable[member] = reason;
                if (field.RealContainingOneof is not null)
                {
                    members.Add(new ProtobufField(member, ProtobufKind.Ignored, field));
                }
            }
            else
            {
                members.Add(field.IsMap ? Map(field, member, isInList) : Member(field, member, isNullable, isInList));
            }
        }

        _open.Remove(message.FullName);
        return members;
    }

    private void Count(MessageDescriptor message)
    {
        if (++_fields > MaxFields)
        {
            throw new SchemaException($"Message {message.FullName} has more than {MaxFields} fields, those of messages in it counted.");
        }
    }

    /// <summary>The keys of a map that are asked for; those whose values cannot be columns are left out.</summary>
    private ProtobufField Map(FieldDescriptor map, string path, bool isInList)
    {
        var entries = new List<ProtobufField>();
        FieldDescriptor value = ValueOf(map);
        foreach (string key in Keys(map, path))
        {
            Count(map.ContainingType);
            string entry = AvroColumns.Join(path, key);
            if (Reason(value, entry, isInList) is { } reason)
            {
                _unreadable[entry] = reason;
            }
            else
            {
                entries.Add(new ProtobufField(entry, ProtobufKind.Message, map) { Key = key, Members = [Member(value, entry, true, isInList)] });
            }
        }

        return new ProtobufField(path, ProtobufKind.Map, map) { Members = entries };
    }

    private IReadOnlyList<string> Keys(FieldDescriptor map, string path) =>
        _wanted.Keys(path, KindOf(ValueOf(map)) == ProtobufKind.Message && !IsWrapper(ValueOf(map).MessageType));

    private static FieldDescriptor ValueOf(FieldDescriptor map) => map.MessageType.FindFieldByNumber(2);

    /// <summary>Why a field cannot be a column, or null.</summary>
    private string? Reason(FieldDescriptor field, string path, bool isInList) => field switch
    {
        { IsMap: true } when field.MessageType.FindFieldByNumber(1).FieldType != FieldType.String => "a map whose keys are not text is not supported",
        { IsMap: true } => Keys(field, path).Count == 0 ? WantedColumns.Reason(path) : null,
        { FieldType: FieldType.Group } => "a group is not supported as a column",
        { IsRepeated: true } or { FieldType: FieldType.Bytes } when isInList => "a list in a list is not supported",
        { IsRepeated: true, FieldType: FieldType.Bytes } => "a list of bytes is not supported",
        { FieldType: FieldType.Message } when _open.Contains(field.MessageType.FullName) => $"message {field.MessageType.FullName} inside itself is not supported",
        _ => null,
    };

    private ProtobufField Member(FieldDescriptor descriptor, string path, bool isParentNullable, bool isInList)
    {
        ProtobufKind kind = KindOf(descriptor);
        var field = new ProtobufField(path, kind, descriptor);
        bool isNullable = !descriptor.IsRepeated && (isParentNullable || field.CanBeMissing);
        bool isList = isInList || descriptor.IsRepeated;
        if (descriptor.FieldType == FieldType.Message)
        {
            string? wrapped = kind == ProtobufKind.Message && IsWrapper(descriptor.MessageType) ? path : null;
            IReadOnlyList<ProtobufField> members = kind != ProtobufKind.Message
                ? [.. descriptor.MessageType.Fields.InFieldNumberOrder().Select(f => new ProtobufField(path, ProtobufKind.Scalar, f) { Type = TypeOf(f) })]
                : wrapped is null ? Members(descriptor.MessageType, path, isNullable, isList)
                : [Value(new ProtobufField(path, ProtobufKind.Scalar, descriptor.MessageType.FindFieldByNumber(1)), isNullable, isList, descriptor)];
            field = field with { Members = members };
            if (kind == ProtobufKind.Message)
            {
                return field;
            }
        }

        return Value(field, isNullable, isList, descriptor);
    }

    private ProtobufField Value(ProtobufField field, bool isNullable, bool isList, FieldDescriptor declared)
    {
        ColumnType type = field.Kind switch
        {
            ProtobufKind.Timestamp => ColumnType.DateTimeOffset,
            ProtobufKind.Duration => ColumnType.TimeSpan,
            _ => TypeOf(field.Descriptor!),
        };
        bool isBytes = field.Descriptor!.FieldType == FieldType.Bytes;
        IReadOnlyList<string>? symbols = field.Descriptor.FieldType == FieldType.Enum ? [.. field.Descriptor.EnumType.Values.DistinctBy(v => v.Number).Select(v => v.Name)] : null;
        string? comment = declared.Declaration?.LeadingComments.Trim();
        _columns.Add(new DatasetColumn(field.Path, isBytes ? type : MissingValues.Nullable(type, isNullable), isNullable, symbols, string.IsNullOrEmpty(comment) ? null : comment) { IsVector = isList || isBytes });
        return field with { Type = type, Symbols = symbols };
    }

    private static ProtobufKind KindOf(FieldDescriptor field) => field.FieldType != FieldType.Message ? ProtobufKind.Scalar : field.MessageType.FullName switch
    {
        "google.protobuf.Timestamp" => ProtobufKind.Timestamp,
        "google.protobuf.Duration" => ProtobufKind.Duration,
        _ => ProtobufKind.Message,
    };

    /// <summary>Whether it is one of wrappers.proto: a value that may be missing. Wrapped bytes are a message like any other.</summary>
    private static bool IsWrapper(MessageDescriptor message) =>
        message.File.Name == "google/protobuf/wrappers.proto" && message.FindFieldByNumber(1).FieldType != FieldType.Bytes;

    private static ColumnType TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Double => ColumnType.Double,
        FieldType.Float => ColumnType.Single,
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => ColumnType.Int32,
        FieldType.UInt32 or FieldType.Fixed32 => ColumnType.UInt32,
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => ColumnType.Int64,
        FieldType.UInt64 or FieldType.Fixed64 => ColumnType.UInt64,
        FieldType.Bool => ColumnType.Boolean,
        FieldType.Enum => ColumnType.Key,
        FieldType.Bytes => ColumnType.UInt8,
        _ => ColumnType.Text,
    };
}
