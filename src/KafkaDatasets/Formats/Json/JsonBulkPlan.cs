using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;

namespace KafkaDatasets.Formats.Json;

/// <summary>Reads JSON texts the fast way, one after another.</summary>
/// <param name="root">The steps of a text.</param>
/// <param name="marks">The number of presence marks of members.</param>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class JsonBulkPlan(JsonStep root, int marks, PartLayout layout) : BulkPlan(layout)
{
    protected internal override int Fill(byte[] bytes, ReadOnlySpan<RecordEntry> strip, int framing, RowBlock block)
    {
        Span<bool> present = stackalloc bool[marks];
        int first = block.Rows;
        int count = 0;
        try
        {
            foreach (ref readonly RecordEntry entry in strip)
            {
                int start = entry.ValueStart + framing;
                if (!new JsonFastReader(bytes.AsSpan(start, entry.ValueLength - framing), bytes.Length - start, present, [], block).TryRead(root))
                {
                    break;
                }

                block.Seek(first + ++count);
            }
        }
        catch (MalformedValueException)
        {
            // the plan reads the text again the plain way and reports what is wrong with it
        }

        block.Seek(first);
        return count;
    }
}
