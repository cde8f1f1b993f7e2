using Google.Protobuf.Reflection;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Derives the columns of a Protobuf message.</summary>
internal sealed class ProtobufColumns
{
    /// <summary>The maximum number of fields, including those of nested messages.</summary>
    private const int MaxFields = 10_000;

    private readonly ColumnList _columns = new();
    private readonly Dictionary<string, string> _unreadable = [];
    private HashSet<string> _open = [];
    private readonly WantedColumns _wanted;
    private int _fields;
    private string? _recursion;

    /// <summary>
    /// Derives one column per scalar field, named by its path; repeated fields become vectors, with the sizes of nested lists in separate columns;
    /// a map has one per requested key, and a recursive message one per requested field.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="wanted">The columns requested by name, including keys of maps and fields of recursive messages.</param>
    public ProtobufColumns(MessageDescriptor message, WantedColumns wanted)
    {
        _wanted = wanted;
        Root = new ProtobufField(wanted.Root, ProtobufKind.Message, null) { Members = Members(message, wanted.Root, false, 0) };
        Schema = new DatasetSchema(message.FullName, _columns.Columns, _unreadable) { NullableIntegers = _columns.NullableIntegers };
    }

    public ProtobufField Root { get; }

    public DatasetSchema Schema { get; }

    private List<ProtobufField> Members(MessageDescriptor message, string path, bool isNullable, int depth)
    {
        var members = new List<ProtobufField>();
        string? outer = _recursion;
        HashSet<string> outside = _open;
        bool isInside = !_open.Add(message.FullName);
        if (isInside)
        {
            _recursion = path;
            _open = [message.FullName]; // its fields are those that the message has when it is the outermost
        }

        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            Count(message);
            string member = ColumnPath.Join(path, field.Name);
            if (Reason(field, member) is { } reason)
            {
                _unreadable[member] = reason;
                if (field.RealContainingOneof is not null)
                {
                    members.Add(new ProtobufField(member, ProtobufKind.Ignored, field));
                }
            }
            else
            {
                members.Add(field.IsMap ? Map(field, member, depth) : Member(field, member, isNullable, depth));
            }
        }

        _recursion = outer;
        _open = outside;
        if (!isInside)
        {
            _open.Remove(message.FullName);
        }

        return members;
    }

    private void Count(MessageDescriptor message)
    {
        if (++_fields > MaxFields)
        {
            throw new SchemaException($"Message {message.FullName} has more than {MaxFields} fields, those of messages in it counted.");
        }
    }

    /// <summary>Describes the requested keys of a map, except those whose values cannot be columns.</summary>
    private ProtobufField Map(FieldDescriptor map, string path, int depth)
    {
        var entries = new List<ProtobufField>();
        FieldDescriptor value = ValueOf(map);
        foreach (string key in Keys(map, path))
        {
            Count(map.ContainingType);
            string entry = ColumnPath.Join(path, key);
            if (Reason(value, entry) is { } reason)
            {
                _unreadable[entry] = reason;
            }
            else
            {
                entries.Add(new ProtobufField(entry, ProtobufKind.Message, map) { Key = key, Members = [Member(value, entry, true, depth)] });
            }
        }

        return new ProtobufField(path, ProtobufKind.Map, map) { Members = entries };
    }

    private IReadOnlyList<string> Keys(FieldDescriptor map, string path) =>
        _wanted.Keys(path, KindOf(ValueOf(map)) == ProtobufKind.Message && !IsWrapper(ValueOf(map).MessageType));

    private static FieldDescriptor ValueOf(FieldDescriptor map) => map.MessageType.FindFieldByNumber(2);

    /// <summary>Returns why a field cannot be a column, or null.</summary>
    private string? Reason(FieldDescriptor field, string path) => field switch
    {
        _ when _recursion is { } outer && !_wanted.HasField(path, outer) => WantedColumns.ReasonOfRecursion(path),
        { IsMap: true } when field.MessageType.FindFieldByNumber(1).FieldType != FieldType.String => "a map whose keys are not text is not supported",
        { IsMap: true } => Keys(field, path).Count == 0 ? WantedColumns.ReasonOfMap(path) : null,
        _ when IsMessage(field) && _open.Contains(field.MessageType.FullName) && !_wanted.HasRecord(path) => WantedColumns.ReasonOfRecursion($"{path}.field"),
        _ => null,
    };

    private ProtobufField Member(FieldDescriptor descriptor, string path, bool isParentNullable, int depth)
    {
        ProtobufKind kind = KindOf(descriptor);
        var field = new ProtobufField(path, kind, descriptor);
        bool isNullable = !descriptor.IsRepeated && (isParentNullable || field.CanBeMissing);
        int before = _columns.Count;
        int inner = descriptor.IsRepeated ? depth + 1 : depth;
        if (IsMessage(descriptor))
        {
            bool isWrapper = kind == ProtobufKind.Message && IsWrapper(descriptor.MessageType);
            IReadOnlyList<ProtobufField> members = kind != ProtobufKind.Message
                ? [.. descriptor.MessageType.Fields.InFieldNumberOrder().Select(f => new ProtobufField(path, ProtobufKind.Scalar, f) { Type = TypeOf(f) })]
                : !isWrapper ? Members(descriptor.MessageType, path, isNullable, inner)
                : [Value(new ProtobufField(path, ProtobufKind.Scalar, descriptor.MessageType.FindFieldByNumber(1)), isNullable, inner, descriptor)];
            field = field with { Members = members };
        }

        if (kind != ProtobufKind.Message)
        {
            field = Value(field, isNullable, inner, descriptor);
        }

        if (descriptor.IsRepeated && _columns.Count > before)
        {
            _columns.AddLengths(path, depth);
        }

        return field;
    }

    private ProtobufField Value(ProtobufField field, bool isNullable, int depth, FieldDescriptor declared)
    {
        ColumnType type = field.Kind switch
        {
            ProtobufKind.Timestamp => ColumnType.DateTimeOffset,
            ProtobufKind.Duration => ColumnType.TimeSpan,
            _ => TypeOf(field.Descriptor!),
        };
        IReadOnlyList<string>? symbols = field.Descriptor!.FieldType == FieldType.Enum ? [.. field.Descriptor.EnumType.Values.DistinctBy(v => v.Number).Select(v => v.Name)] : null;
        string? comment = declared.Declaration?.LeadingComments.Trim();
        var column = new DatasetColumn(field.Path, type, isNullable, symbols, string.IsNullOrEmpty(comment) ? null : comment);
        if (field.Descriptor.FieldType == FieldType.Bytes)
        {
            _columns.Add(column with { IsVector = true, Depth = depth + 1 });
            _columns.AddLengths(field.Path, depth);
        }
        else
        {
            _columns.Add(column with { Type = MissingValues.Nullable(type, isNullable), IsVector = depth > 0, Depth = depth }, type);
        }

        return field with { Type = type, Symbols = symbols };
    }

    private static bool IsMessage(FieldDescriptor field) => field.FieldType is FieldType.Message or FieldType.Group;

    private static ProtobufKind KindOf(FieldDescriptor field) => !IsMessage(field) ? ProtobufKind.Scalar : field.MessageType.FullName switch
    {
        "google.protobuf.Timestamp" => ProtobufKind.Timestamp,
        "google.protobuf.Duration" => ProtobufKind.Duration,
        _ => ProtobufKind.Message,
    };

    /// <summary>Whether it is a message of wrappers.proto, which is a value that may be missing, except wrapped bytes, which are treated as an ordinary message.</summary>
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
