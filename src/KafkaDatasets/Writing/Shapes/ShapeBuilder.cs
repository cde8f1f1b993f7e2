using KafkaDatasets.Writing.Formats;

namespace KafkaDatasets.Writing.Shapes;

/// <summary>Gathers the fields of the row, and the faults of all of them, which are thrown at once.</summary>
/// <param name="format">The format that the row is written in.</param>
/// <param name="source">What the row is, for messages.</param>
internal sealed class ShapeBuilder(ValueFormat format, string source)
{
    private const int FirstReservedNumber = 19_000;
    private const int LastReservedNumber = 19_999;

    private readonly List<RowField> _fields = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];

    /// <summary>Adds a field, unless its name is not one in the format; a type of null is one that has been refused.</summary>
    public void Add(string name, FieldType? type)
    {
        if (format.NeedsNames && !AvroName.IsValid(name))
        {
            Refuse(name, $"not a name in {format.Name} ({AvroName.Rule}); rename it");
        }
        else if (!_names.Add(name))
        {
            Refuse(name, "named more than once");
        }
        else if (type is not null)
        {
            _fields.Add(new RowField(name, type, Number(_fields.Count + 1)));
        }
    }

    public void Refuse(string field, string reason) => _faults.Add($"field '{field}': {reason}");

    /// <exception cref="SchemaException">Names every fault.</exception>
    public RecordShape Build(string name, string? recordNamespace)
    {
        if (format.NeedsNames && !AvroName.IsValid(name))
        {
            _faults.Insert(0, $"'{name}' is not a record name in {format.Name} ({AvroName.Rule}): set {nameof(KafkaWriterOptions.RecordName)}");
        }

        if (_fields.Count == 0 && _faults.Count == 0)
        {
            _faults.Add("it has no fields");
        }

        return _faults.Count == 0
            ? new RecordShape(name, recordNamespace, _fields)
            : throw new SchemaException($"{source} cannot be written as {format.Name}: {string.Join("; ", _faults)}.");
    }

    /// <summary>Protobuf keeps some numbers for itself.</summary>
    private static int Number(int position) => position < FirstReservedNumber ? position : position + LastReservedNumber - FirstReservedNumber + 1;
}
