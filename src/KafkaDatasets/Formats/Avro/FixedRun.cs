using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Gathers neighbouring fixed-width fields into one step, and neighbouring copies into one copy.</summary>
internal sealed class FixedRun
{
    private readonly List<(int End, string Field)> _fields = [];
    private readonly List<FixedCopy> _copies = [];
    private int _length;

    /// <summary>Adds a field.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="source">Its type on the wire; null: bytes that nobody wants.</param>
    /// <param name="targets">Where it goes.</param>
    public void Add(string field, int length, ColumnType? source, IEnumerable<ColumnTarget> targets)
    {
        if (source is { } type)
        {
            foreach (ColumnTarget target in targets)
            {
                bool verbatim = !target.IsList && target.Definition.Type == type && type is ColumnType.Single or ColumnType.Double;
                AddCopy(new FixedCopy(_length, length, type, target.Column, target.Slot, verbatim, [target]));
            }
        }

        _length += length;
        _fields.Add((_length, field));
    }

    /// <summary>Ends the run: its step is added where there is one.</summary>
    public void Flush(List<AvroStep> steps)
    {
        if (_length > 0)
        {
            steps.Add(new AvroStep(AvroStepKind.Fixed, _fields[0].Field) { Length = _length, Copies = [.. _copies], Fields = [.. _fields] });
        }

        _fields.Clear();
        _copies.Clear();
        _length = 0;
    }

    private void AddCopy(FixedCopy copy)
    {
        int slots = copy.Length; // in bytes; the element size of source and column is the same where copies are joined
        int previous = _copies.FindLastIndex(c => c.Column == copy.Column);
        if (copy.IsVerbatim && previous >= 0 && _copies[previous] is { IsVerbatim: true } last
            && last.Source == copy.Source
            && last.Offset + last.Length == copy.Offset
            && last.Slot + last.Length / slots == copy.Slot)
        {
            _copies[previous] = last with { Length = last.Length + copy.Length };
            return;
        }

        _copies.Add(copy);
    }
}
