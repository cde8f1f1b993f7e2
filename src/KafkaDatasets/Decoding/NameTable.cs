using System.Text;

namespace KafkaDatasets.Decoding;

/// <summary>Finds a name's index by its UTF-8 bytes; names that arrive in the table's order are found at the first comparison.</summary>
internal sealed class NameTable
{
    private readonly byte[][] _names;
    private readonly int[] _heads;
    private readonly int[] _next;

    public NameTable(IReadOnlyList<string> names)
    {
        _names = [.. names.Select(Encoding.UTF8.GetBytes)];
        _heads = new int[Math.Max(1, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)names.Count * 2))];
        _next = new int[names.Count];
        _heads.AsSpan().Fill(-1);
        for (int i = names.Count - 1; i >= 0; i--)
        {
            int slot = Slot(_names[i]);
            _next[i] = _heads[slot];
            _heads[slot] = i;
        }
    }

    public static NameTable Empty { get; } = new([]);

    /// <summary>Returns the index of a name, or −1.</summary>
    /// <param name="name">The name in UTF-8.</param>
    /// <param name="guess">The index to try first.</param>
    public int IndexOf(ReadOnlySpan<byte> name, int guess)
    {
        if ((uint)guess < (uint)_names.Length && name.SequenceEqual(_names[guess]))
        {
            return guess;
        }

        int index = _heads[Slot(name)];
        while (index >= 0 && !name.SequenceEqual(_names[index]))
        {
            index = _next[index];
        }

        return index;
    }

    private int Slot(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte b in name.Length <= 32 ? name : name[^32..])
        {
            hash = (hash ^ b) * 16777619;
        }

        return (int)(hash ^ (hash >> 15)) & (_heads.Length - 1);
    }
}
