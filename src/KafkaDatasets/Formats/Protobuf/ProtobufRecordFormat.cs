using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Reads Protobuf values, bound to the message whose fields are the dataset's columns.</summary>
internal sealed class ProtobufRecordFormat : IRecordFormat
{
    /// <summary>The most messages that an exception lists.</summary>
    private const int MostNamed = 50;

    private readonly MessageDescriptor _message;
    private readonly ProtobufField _root;
    private readonly WantedColumns _wanted;
    private readonly PlanCache _plans;

    /// <summary>Binds a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="source">The name of its source in messages.</param>
    /// <param name="wanted">The columns that are requested by name.</param>
    /// <param name="plans">The plans of the same message; null for none.</param>
    public ProtobufRecordFormat(MessageDescriptor message, string source, WantedColumns wanted, PlanCache? plans = null)
    {
        _plans = plans ?? new PlanCache();
        _message = message;
        _wanted = wanted;
        var columns = new ProtobufColumns(message, wanted);
        _root = columns.Root;
        Schema = columns.Schema;
        Source = source;
    }

    /// <summary>Binds a message of a schema.</summary>
    /// <param name="reader">The schema.</param>
    /// <param name="message">The message's full name, or null for the first.</param>
    /// <param name="wanted">The columns that are requested by name.</param>
    /// <exception cref="SchemaException">The document is not a valid Protobuf schema, or has no such message.</exception>
    public static ProtobufRecordFormat Of(SchemaDocument reader, string? message, WantedColumns wanted)
    {
        MessageDescriptor[] all = Messages(reader);
        return Of(reader, all, message, Array.Find(all, m => message is null || m.FullName == message), wanted);
    }

    /// <summary>Binds the message of a schema that another schema has too, there perhaps in another package.</summary>
    /// <param name="reader">The schema.</param>
    /// <param name="message">The message in the other schema.</param>
    /// <param name="wanted">The columns that are requested by name.</param>
    /// <exception cref="SchemaException">The document is not a valid Protobuf schema, or has no such message.</exception>
    public static ProtobufRecordFormat OfSame(SchemaDocument reader, MessageDescriptor message, WantedColumns wanted)
    {
        MessageDescriptor[] all = Messages(reader);
        return Of(reader, all, message.FullName, Same(all, message), wanted);
    }

    /// <summary>Binds the message of a schema that the range's first record is. If it is of another schema, such as a record of another program, the only message of the schema is meant.</summary>
    /// <inheritdoc cref="OfSame(SchemaDocument, MessageDescriptor, WantedColumns)"/>
    public static ProtobufRecordFormat OfFirst(SchemaDocument reader, MessageDescriptor message, WantedColumns wanted)
    {
        MessageDescriptor[] all = Messages(reader);
        MessageDescriptor? found = Same(all, message) ?? (Array.FindAll(all, m => m.ContainingType is null) is [var only] ? only : null);
        return Of(reader, all, message.FullName, found, wanted, " That is the message of the range's first record: "
            + $"if that is a stray one, name the message to read in {nameof(RecordFormat)}.{nameof(RecordFormat.RegistrySubject)}.");
    }

    private static ProtobufRecordFormat Of(SchemaDocument reader, MessageDescriptor[] all, string? message, MessageDescriptor? found, WantedColumns wanted, string remedy = "")
    {
        return found is null
            ? throw new SchemaException(
                all.Length == 0 ? $"The schema of {reader} has no message." : $"The schema of {reader} has no message '{message}'. It has {string.Join(", ", all.Take(MostNamed).Select(m => m.FullName))}{(all.Length > MostNamed ? " …" : "")}.{SimilarNames.Hint(message!, all.Select(m => m.FullName))}{remedy}")
            {
                SchemaId = reader.Id,
            }
            : new ProtobufRecordFormat(found, reader.ToString(), wanted, PlanCache.Of(reader with { Text = $"{found.FullName}\n{reader.Text}" }, wanted));
    }

    /// <summary>Returns the message in a payload, or null when its frame does not identify it.</summary>
    /// <param name="writer">The schema it was written with.</param>
    /// <param name="marking">How the payload identifies its message.</param>
    /// <param name="frame">The payload in its frame.</param>
    /// <exception cref="MalformedValueException">The frame cannot be read.</exception>
    /// <exception cref="SchemaException">The schema is not a Protobuf schema.</exception>
    public static MessageDescriptor? MessageOf(SchemaDocument writer, ProtobufMarking marking, CopiedFrame frame) =>
        Array.Find(Messages(writer), m => MessageMarker.Of(marking, m) is { } marker
            && (frame.IsInHeader ? marker.MatchesHeader(frame.Message, frame.Payload, out _) : marker.Matches(frame.Payload, out _)));

    public DatasetSchema Schema { get; }

    public string Source { get; }

    public DatasetSchema? SchemaOf(SchemaDocument writer) => OfSame(writer, _message, _wanted).Schema;

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => _plans.GetOrAdd(writer, layout, () => Plan(writer, layout));

    private ProtobufPlan Plan(SchemaDocument? writer, PartLayout layout)
    {
        if (writer is null)
        {
            return new ProtobufPlan(_root, MessageMarker.Of(layout.Marking, _message), _message, layout);
        }

        MessageDescriptor written = Same(Messages(writer), _message)
            ?? throw new IncompatibleSchemaException("", $"it has no message {_message.FullName}")
            {
                Remedy = $"Name another message in {nameof(RecordFormat)}.{nameof(RecordFormat.RegistrySubject)}.",
            };
        Check(_root, written, layout);
        return new ProtobufPlan(_root, MessageMarker.Of(layout.Marking, written), written, layout);
    }

    private static MessageDescriptor[] Messages(SchemaDocument schema) => [.. ProtobufDocuments.All(ProtobufDocuments.Parse(schema).MessageTypes)];

    /// <summary>Returns the message of the same full name or, if there is none, that of the same name in another package; null if there is neither.</summary>
    private static MessageDescriptor? Same(MessageDescriptor[] all, MessageDescriptor message) =>
        Array.Find(all, m => m.FullName == message.FullName) ?? Array.Find(all, m => NameInPackage(m) == NameInPackage(message));

    private static string NameInPackage(MessageDescriptor message) => message.File.Package.Length == 0 ? message.FullName : message.FullName[(message.File.Package.Length + 1)..];

    /// <summary>Checks that each wanted field has the same number and encoding for writer and reader: neither change may be visible on the wire.</summary>
    private static void Check(ProtobufField reader, MessageDescriptor writer, PartLayout layout)
    {
        foreach (ProtobufField field in reader.Members.Where(m => layout.IsWanted(m.Path)))
        {
            if (writer.FindFieldByNumber(field.Descriptor!.FieldNumber) is not { } written)
            {
                continue;
            }

            if (written.Name != field.Descriptor.Name && writer.FindFieldByName(field.Descriptor.Name) is { } renumbered)
            {
                throw new IncompatibleSchemaException(field.Path, FormattableString.Invariant($"its number is {written.FieldNumber}, which is the writer's '{written.Name}'; the writer's '{renumbered.Name}' has the number {renumbered.FieldNumber}"));
            }

            if (Encoding(written) != Encoding(field.Descriptor))
            {
                throw new IncompatibleSchemaException(field.Path, $"the writer's {written.FieldType.ToString().ToLowerInvariant()} '{written.Name}' does not fit the dataset's {field.Descriptor.FieldType.ToString().ToLowerInvariant()}");
            }

            if (IsOtherType(written, field.Descriptor))
            {
                throw new IncompatibleSchemaException(field.Path, $"the writer's '{written.Name}' is of the type {TypeName(written)}, not of the dataset's {TypeName(field.Descriptor)}");
            }

            foreach (ProtobufField message in field.Kind == ProtobufKind.Map ? field.Members : field.Kind == ProtobufKind.Message ? [field] : [])
            {
                Check(message, written.MessageType, layout);
            }
        }
    }

    /// <summary>
    /// Whether the writer's field is of another message or enum than the dataset's. Their simple names are compared, so that they may move to another package;
    /// an enum under another name is the same where it gives the numbers the same names.
    /// </summary>
    private static bool IsOtherType(FieldDescriptor writer, FieldDescriptor reader) => (writer.FieldType, reader.FieldType) switch
    {
        (FieldType.Message or FieldType.Group, FieldType.Message or FieldType.Group) => !(writer.IsMap && reader.IsMap) && writer.MessageType.Name != reader.MessageType.Name, // the name of a map's entries comes from the field
        (FieldType.Enum, FieldType.Enum) => writer.EnumType.Name != reader.EnumType.Name && writer.EnumType.Values.Any(v => reader.EnumType.FindValueByNumber(v.Number) is { } same && same.Name != v.Name),
        _ => false,
    };

    private static string TypeName(FieldDescriptor field) => field.FieldType == FieldType.Enum ? field.EnumType.FullName : field.MessageType.FullName;

    /// <summary>Returns one type to represent all types with the same encoding.</summary>
    private static FieldType Encoding(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.UInt32 or FieldType.Int64 or FieldType.UInt64 or FieldType.Bool or FieldType.Enum => FieldType.Int32,
        FieldType.SInt64 => FieldType.SInt32,
        FieldType.SFixed32 => FieldType.Fixed32,
        FieldType.SFixed64 => FieldType.Fixed64,
        FieldType.Bytes => FieldType.String,
        var type => type,
    };
}
