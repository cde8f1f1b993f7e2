using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace KafkaDatasets.MLNet;

/// <summary>
/// Decodes UTF-8 texts for one column of a cursor. Many texts share an array, and recent texts are reused, so that most texts need no separate allocation.
/// </summary>
/// <remarks>The arrays are small because keeping one text alive keeps its whole array alive.</remarks>
internal sealed class TextMemory
{
    private const int SlabChars = 4096;

    /// <summary>Longer texts get a separate array.</summary>
    private const int MostShared = SlabChars / 8;

    /// <summary>Longer texts are not reused, because they are seldom repeated.</summary>
    private const int MostKept = 32;

    private const int Kept = 256;

    private readonly byte[] _keptBytes = new byte[Kept * MostKept];
    private readonly ReadOnlyMemory<char>[] _kept = new ReadOnlyMemory<char>[Kept];
    private readonly int[] _keptLengths = new int[Kept];
    private char[] _slab = [];
    private int _used;

    /// <summary>Decodes a text; invalid bytes become U+FFFD.</summary>
    public ReadOnlyMemory<char> Decode(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return default;
        }

        if (utf8.Length > MostKept)
        {
            return Make(utf8);
        }

        int place = Place(utf8);
        Span<byte> bytes = _keptBytes.AsSpan(place * MostKept, MostKept);
        if (_keptLengths[place] == utf8.Length && bytes[..utf8.Length].SequenceEqual(utf8))
        {
            return _kept[place];
        }

        utf8.CopyTo(bytes);
        _keptLengths[place] = utf8.Length;
        return _kept[place] = Make(utf8);
    }

    private static int Place(ReadOnlySpan<byte> utf8)
    {
        const ulong factor = 0x9e3779b97f4a7c15;
        ulong hash = (ulong)utf8.Length * factor;
        while (utf8.Length >= sizeof(ulong))
        {
            hash = (BitOperations.RotateLeft(hash, 5) ^ MemoryMarshal.Read<ulong>(utf8)) * factor;
            utf8 = utf8[sizeof(ulong)..];
        }

        foreach (byte b in utf8)
        {
            hash = (BitOperations.RotateLeft(hash, 5) ^ b) * factor;
        }

        return (int)(hash >> 56);
    }

    private ReadOnlyMemory<char> Make(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MostShared)
        {
            return Encoding.UTF8.GetString(utf8).AsMemory();
        }

        if (_slab.Length - _used < utf8.Length)
        {
            _slab = new char[SlabChars]; // a text never has more characters than bytes
            _used = 0;
        }

        int length = Encoding.UTF8.GetChars(utf8, _slab.AsSpan(_used));
        ReadOnlyMemory<char> text = _slab.AsMemory(_used, length);
        _used += length;
        return text;
    }
}
