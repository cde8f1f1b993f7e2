using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Decoding;

/// <summary>The decode plans of one part of the records in one pass: one for each writer schema, compiled at its first record.</summary>
internal sealed class PartPlans
{
    private readonly ConcurrentDictionary<WriterSchemaId, PartPlan> _plans = new();
    private readonly ConcurrentDictionary<WriterSchemaId, SchemaException> _refused = new();
    private readonly ConcurrentDictionary<WriterSchemaId, SchemaDocument> _writers = new();
    private readonly PartFormat _format;
    private readonly PartLayout _layout;

    /// <summary>Creates the plans for a pass.</summary>
    /// <param name="format">How the part is read.</param>
    /// <param name="columns">The columns of the blocks.</param>
    public PartPlans(PartFormat format, IReadOnlyList<BlockColumn> columns)
    {
        _format = format;
        _layout = new PartLayout(format.Part, columns, format.Framing);
        Fixed = format.Schemas is null ? Compile(null) : null;
        Missing = new MissingPlan(_layout);
    }

    public DataPart Part => _format.Part;

    /// <summary>The name of the format.</summary>
    public string FormatName => _format.Name;

    /// <summary>The framing of the part, in its bytes or in a header, or null when there is none.</summary>
    public RecordFraming? Framing => _format.Framing;

    /// <summary>The plan for all records when each is written with the dataset's own schema; null when frames name the schemas.</summary>
    public PartPlan? Fixed { get; }

    /// <summary>The plan that was used last, or null. Whichever worker used one sets it: the next records probably have the same schema.</summary>
    public PlanInUse? Last { get; set; }

    /// <summary>The plan for records that lack the part.</summary>
    public PartPlan Missing { get; }

    public bool TryGet(WriterSchemaId writer, [NotNullWhen(true)] out PartPlan? plan) => _plans.TryGetValue(writer, out plan);

    /// <summary>Ensures that <see cref="TryGet"/> finds a plan.</summary>
    /// <exception cref="SchemaException">The schema does not exist or is incompatible, which is remembered for the rest of the pass; or the registry failed.</exception>
    public async ValueTask LoadAsync(WriterSchemaId writer, CancellationToken cancellationToken)
    {
        if (_refused.TryGetValue(writer, out SchemaException? refused))
        {
            throw refused;
        }

        try
        {
            SchemaDocument schema = await _format.Schemas!.FindAsync(writer, cancellationToken).ConfigureAwait(false);
            if (_format.Format.Subject is var (subject, version) && _format.Format.IsNamedOtherwise(schema))
            {
                schema = schema with { IsOfSameSubject = await _format.Schemas!.IsVersionAsync(schema, subject, version, cancellationToken).ConfigureAwait(false) };
            }

            _plans.GetOrAdd(writer, _ => Compile(schema));
            _writers.TryAdd(writer, schema);
            _format.Seen.Add(writer);
            if (_format.Order is { } order && _format.Format.SchemaOf(schema) is { } written)
            {
                order.Check(schema, written, _format.Format.Schema);
            }
        }
        catch (SchemaException e) when (!e.IsRegistryFault)
        {
            _refused.TryAdd(writer, e);
            throw;
        }
    }

    /// <summary>Returns what to do about a required field that a record lacks because its writer's schema is older than the field; null when it has another reason.</summary>
    public string? RemedyOfNewField(WriterSchemaId? writer, string? field)
    {
        if (field is null || _format.Subject is not { } subject || writer is not { } id || !_writers.TryGetValue(id, out SchemaDocument? schema))
        {
            return null;
        }

        try
        {
            return _format.Format.SchemaOf(schema) is { } written && !written.Columns.Any(c => ColumnPath.IsWithin(c.Name, field) && !c.IsNullable)
                ? $"The schema that wrote the record, that of {schema}, does not require it. {RemedyOfNewField(subject, "make it optional in the newest one")}"
                : null;
        }
        catch (SchemaException)
        {
            return null; // the advice is optional
        }
    }

    private static string RemedyOfNewField(string subject, string change) =>
        $"Read the topic by an older schema that fits all records: {nameof(RecordFormat)}.{nameof(RecordFormat.RegistrySubject)}(\"{subject}\", version: 1) for the first; or {change}; or choose a range without those records.";

    private PartPlan Compile(SchemaDocument? writer)
    {
        IRecordFormat format = _format.Format;
        try
        {
            return format.Compile(writer, _layout);
        }
        catch (IncompatibleSchemaException e)
        {
            throw new SchemaException(
                $"{(Part == DataPart.Key ? "Keys" : "Records")} with the schema of {writer?.ToString() ?? format.Source} cannot be read with the dataset's schema, that of {format.Source}: {e.Message}. {Remedy(e)}", e)
            {
                SchemaId = writer?.Id,
                Field = e.Field.Length == 0 ? null : e.Field,
            };
        }
    }

    private string Remedy(IncompatibleSchemaException e) => e.Remedy
        ?? (e.IsNewField && _format.Subject is { } subject ? RemedyOfNewField(subject, "give the field a default in the newest one")
            : "Choose another range, or another schema for the dataset.");
}
