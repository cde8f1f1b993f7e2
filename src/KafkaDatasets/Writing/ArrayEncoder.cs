using Microsoft.ML.Data;

namespace KafkaDatasets.Writing;

/// <summary>Avro arrays: one block of items and the empty block that ends it.</summary>
internal static class ArrayEncoder
{
    public static void WriteArray<TItem>(AvroBuffer buffer, TItem[] items, Action<AvroBuffer, TItem> write)
        => WriteSpan(buffer, items, write);

    public static void WriteVector<TItem>(AvroBuffer buffer, VBuffer<TItem> vector, Action<AvroBuffer, TItem> write)
    {
        if (vector.IsDense)
        {
            WriteSpan(buffer, vector.GetValues(), write);
            return;
        }

        WriteCount(buffer, vector.Length);
        foreach (KeyValuePair<int, TItem> item in vector.Items(all: true))
        {
            write(buffer, item.Value);
        }

        buffer.WriteByte(0);
    }

    private static void WriteSpan<TItem>(AvroBuffer buffer, ReadOnlySpan<TItem> items, Action<AvroBuffer, TItem> write)
    {
        WriteCount(buffer, items.Length);
        foreach (TItem item in items)
        {
            write(buffer, item);
        }

        buffer.WriteByte(0);
    }

    private static void WriteCount(AvroBuffer buffer, int count)
    {
        if (count > 0)
        {
            buffer.WriteLong(count);
        }
    }
}
