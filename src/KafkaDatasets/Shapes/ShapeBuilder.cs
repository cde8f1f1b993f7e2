namespace KafkaDatasets.Shapes;

/// <summary>Collects the fields of a record and of the records nested in it, and every problem found, so that one exception lists all of them.</summary>
internal sealed class ShapeBuilder
{
    private const int FirstReservedNumber = 19_000;
    private const int LastReservedNumber = 19_999;

    private readonly List<RowField> _fields = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly FormatTraits _format;
    private readonly string _source;
    private readonly string _path;
    private readonly List<string> _faults;

    /// <param name="format">The format that the row is written in.</param>
    /// <param name="source">The source of the rows, for messages.</param>
    public ShapeBuilder(FormatTraits format, string source)
        : this(format, source, "", [])
    {
    }

    private ShapeBuilder(FormatTraits format, string source, string path, List<string> faults)
    {
        _format = format;
        _source = source;
        _path = path;
        _faults = faults;
    }

    public IReadOnlyList<RowField> Fields => _fields;

    /// <summary>Collects the fields of a record nested in this one.</summary>
    /// <param name="path">The path of its field, from the row down.</param>
    public ShapeBuilder Within(string path) => new(_format, _source, $"{path}.", _faults);

    /// <summary>Adds a field, unless the format does not allow its name; a null type means that the field has already been rejected.</summary>
    public void Add(string name, FieldType? type)
    {
        if (_format.NeedsNames && !SchemaName.IsValid(name))
        {
            Refuse(_path + name, $"its name is invalid in {_format.Name} ({SchemaName.Rule}): rename it");
        }
        else if (!_names.Add(name))
        {
            Refuse(_path + name, "another field has the same name");
        }
        else if (type is not null)
        {
            _fields.Add(new RowField(name, type, Number(_fields.Count + 1)));
        }
    }

    public void Refuse(string path, string reason) => _faults.Add($"field '{path}': {reason}");

    /// <exception cref="SchemaException">The record is invalid; the message lists every problem found.</exception>
    public RecordShape Build(string name, string? recordNamespace)
    {
        if (_format.NeedsNames && !SchemaName.IsValid(name))
        {
            _faults.Insert(0, $"'{name}' is an invalid record name in {_format.Name} ({SchemaName.Rule}): set {nameof(KafkaWriterOptions.RecordName)}");
        }

        if (_fields.Count == 0 && _faults.Count == 0)
        {
            _faults.Add("there are no fields");
        }

        return _faults.Count == 0
            ? new RecordShape(name, recordNamespace, _fields)
            : throw new SchemaException($"{_source} cannot be written as {_format.Name}: {string.Join("; ", _faults)}.");
    }

    /// <summary>Protobuf reserves some field numbers for its implementation.</summary>
    private static int Number(int position) => position < FirstReservedNumber ? position : position + LastReservedNumber - FirstReservedNumber + 1;
}
