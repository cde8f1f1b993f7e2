using System.Text.Json;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>
/// Reads a JSON text (RFC 8259, and NaN and infinity without quotes) straight into the columns. Members without a column are skipped; of several members of one name the last counts;
/// a member that is absent, or null, is missing where the schema lets it be, and an error where it does not.
/// </summary>
internal sealed class JsonPlan : PartPlan
{
    /// <summary>How deep objects and arrays may be nested.</summary>
    public const int MaxDepth = 128;

    /// <summary>Not allowed by RFC 8259, but it lets readers ignore it, and some writers put it there.</summary>
    private static ReadOnlySpan<byte> ByteOrderMark => "\ufeff"u8;

    private readonly JsonStep _root;
    private readonly JsonStep[] _placed;
    private readonly int _marks;
    private readonly bool _isFast;

    /// <summary>Compiles a plan.</summary>
    /// <param name="root">What a text is.</param>
    /// <param name="layout">The columns of the blocks.</param>
    /// <param name="isFast">Whether to try the fast way first; false: every text is read the plain way.</param>
    /// <exception cref="Schemas.IncompatibleSchemaException">A label cannot be made from its field.</exception>
    public JsonPlan(JsonField root, PartLayout layout, bool isFast = true)
        : base(layout)
    {
        var compiler = new JsonCompiler(layout);
        _root = compiler.Compile(root);
        _placed = compiler.Placed;
        _marks = compiler.Marks;
        _isFast = isFast && !compiler.HasChoice;
    }

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
            return new JsonFastReader(value, marks, ranks, block).TryRead(_root);
        }
        catch (MalformedValueException)
        {
            return false; // the plain way says what is wrong, and where: the text may not even be JSON
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
