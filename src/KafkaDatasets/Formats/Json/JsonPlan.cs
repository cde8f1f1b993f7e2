using System.Text.Json;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>Reads a JSON text (RFC 8259, plus unquoted NaN and infinity) directly into the columns.</summary>
/// <remarks>
/// Members without a column are skipped; for duplicate names the last value is used;
/// an absent or null member is missing if the schema allows it, and an error otherwise.
/// </remarks>
internal sealed class JsonPlan : PartPlan
{
    /// <summary>The nesting depth of objects and arrays up to which the fast way, which is recursive, reads a text.</summary>
    public const int MaxFastDepth = 128;

    /// <summary>A byte order mark: RFC 8259 forbids it but lets readers ignore it, and some writers add it.</summary>
    private static ReadOnlySpan<byte> ByteOrderMark => "\ufeff"u8;

    private readonly JsonStep _root;
    private readonly JsonStep[] _placed;
    private readonly int _marks;
    private readonly bool _isFast;

    /// <summary>Compiles a plan.</summary>
    /// <param name="root">The description of a text.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <param name="isFast">Whether to try the fast way first; if false, every text is read the plain way.</param>
    /// <exception cref="Schemas.IncompatibleSchemaException">The field cannot be a label.</exception>
    public JsonPlan(JsonField root, PartLayout layout, bool isFast = true)
        : base(layout)
    {
        var compiler = new JsonCompiler(layout);
        _root = compiler.Compile(root);
        _placed = compiler.Placed;
        _marks = compiler.Marks;
        _isFast = isFast && !compiler.HasChoice;
        Bulk = _isFast && _placed.Length == 0 ? new JsonBulkPlan(_root, _marks, layout) : null;
    }

    public override BulkPlan? Bulk { get; }

    protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
    {
        Span<bool> marks = stackalloc bool[_marks];
        Span<byte> ranks = stackalloc byte[_placed.Length];
        field = "";
        value = value.StartsWith(ByteOrderMark) ? value[ByteOrderMark.Length..] : value;
        if (!_isFast || !TryReadFast(value, marks, ranks, block))
        {
            ReadPlainly(value, marks, ranks, block, ref field);
        }

        field = "";
        if (ranks.Length > 0)
        {
            JsonScalars.StoreAbsent(_placed, ranks, block, ref field);
        }
    }

    private bool TryReadFast(ReadOnlySpan<byte> value, Span<bool> marks, Span<byte> ranks, RowBlock block)
    {
        try
        {
            return new JsonFastReader(value, value.Length, marks, ranks, block).TryRead(_root);
        }
        catch (MalformedValueException)
        {
            return false; // the plain way reports what is wrong and where: the text may not even be JSON
        }
    }

    private void ReadPlainly(ReadOnlySpan<byte> value, Span<bool> marks, Span<byte> ranks, RowBlock block, ref string? field)
    {
        ranks.Clear();
        field = "";
        try
        {
            new JsonPlainReader(marks, ranks, block, ref field).Read(_root, value);
        }
        catch (JsonException e)
        {
            throw new MalformedValueException($"the {Part} is not JSON: {e.Message.TrimEnd('.')}");
        }
    }
}
