using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Merges adjacent fixed-width fields into one step, and adjacent copies into one copy.</summary>
internal sealed class FixedRun
{
    private readonly List<(int End, string Field)> _fields = [];
    private readonly List<FixedCopy> _copies = [];
    private int _length;

    /// <summary>Adds a field.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="source">Its type on the wire, or null for bytes that are not wanted.</param>
    /// <param name="targets">Its targets.</param>
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

    /// <summary>Ends the run and adds its step, if there is one.</summary>
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
        int slots = copy.Length; // in bytes; when copies are merged, source and column have the same element size
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
