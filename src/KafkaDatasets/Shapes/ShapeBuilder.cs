using KafkaDatasets.Formats;
using KafkaDatasets.Formats.Avro;

namespace KafkaDatasets.Shapes;

/// <summary>Gathers the fields of a record, and the faults of all of them, those of records within it too, which are thrown at once.</summary>
internal sealed class ShapeBuilder
{
    private const int FirstReservedNumber = 19_000;
    private const int LastReservedNumber = 19_999;

    private readonly List<RowField> _fields = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly ValueFormat _format;
    private readonly string _source;
    private readonly string _path;
    private readonly List<string> _faults;

    /// <param name="format">The format that the row is written in.</param>
    /// <param name="source">What the row is, for messages.</param>
    public ShapeBuilder(ValueFormat format, string source)
        : this(format, source, "", [])
    {
    }

    private ShapeBuilder(ValueFormat format, string source, string path, List<string> faults)
    {
        _format = format;
        _source = source;
        _path = path;
        _faults = faults;
    }

    public IReadOnlyList<RowField> Fields => _fields;

    /// <summary>Gathers the fields of a record within this one.</summary>
    /// <param name="path">Its field, from the row on.</param>
    public ShapeBuilder Within(string path) => new(_format, _source, $"{path}.", _faults);

    /// <summary>Adds a field, unless its name is not one in the format; a type of null is one that has been refused.</summary>
    public void Add(string name, FieldType? type)
    {
        if (_format.NeedsNames && !AvroName.IsValid(name))
        {
            Refuse(_path + name, $"not a name in {_format.Name} ({AvroName.Rule}); rename it");
        }
        else if (!_names.Add(name))
        {
            Refuse(_path + name, "named more than once");
        }
        else if (type is not null)
        {
            _fields.Add(new RowField(name, type, Number(_fields.Count + 1)));
        }
    }

    public void Refuse(string path, string reason) => _faults.Add($"field '{path}': {reason}");

    /// <exception cref="SchemaException">Names every fault.</exception>
    public RecordShape Build(string name, string? recordNamespace)
    {
        if (_format.NeedsNames && !AvroName.IsValid(name))
        {
            _faults.Insert(0, $"'{name}' is not a record name in {_format.Name} ({AvroName.Rule}): set {nameof(KafkaWriterOptions.RecordName)}");
        }

        if (_fields.Count == 0 && _faults.Count == 0)
        {
            _faults.Add("it has no fields");
        }

        return _faults.Count == 0
            ? new RecordShape(name, recordNamespace, _fields)
            : throw new SchemaException($"{_source} cannot be written as {_format.Name}: {string.Join("; ", _faults)}.");
    }

    /// <summary>Protobuf keeps some numbers for itself.</summary>
    private static int Number(int position) => position < FirstReservedNumber ? position : position + LastReservedNumber - FirstReservedNumber + 1;
}
