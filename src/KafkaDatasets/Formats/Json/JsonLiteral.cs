using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace KafkaDatasets.Formats.Json;

/// <summary>An expected piece of text, compared eight bytes at a time.</summary>
internal sealed class JsonLiteral
{
    /// <summary>The most bytes of a short one.</summary>
    public const int MaxShort = 32;

    private const int Word = sizeof(ulong);

    private readonly byte[] _text;
    private readonly ulong _first;
    private readonly ulong _last;
    private readonly ulong _mask;
    private readonly Vector256<byte> _short;
    private readonly Vector256<byte> _shortMask;

    public JsonLiteral(string text)
    {
        _text = Encoding.UTF8.GetBytes(text);
        Length = _text.Length;
        Span<byte> padded = stackalloc byte[Word];
        _text.AsSpan(0, Math.Min(Word, _text.Length)).CopyTo(padded);
        _first = BinaryPrimitives.ReadUInt64LittleEndian(padded);
        _mask = _text.Length >= Word ? ulong.MaxValue : (1UL << (8 * _text.Length)) - 1;
        _last = _text.Length >= Word ? BinaryPrimitives.ReadUInt64LittleEndian(_text.AsSpan(_text.Length - Word)) : 0;
        if (_text.Length <= MaxShort)
        {
            Span<byte> bytes = stackalloc byte[MaxShort];
            Span<byte> mask = stackalloc byte[MaxShort];
            _text.CopyTo(bytes);
            mask[.._text.Length].Fill(byte.MaxValue);
            _short = Vector256.Create<byte>(bytes);
            _shortMask = Vector256.Create<byte>(mask);
            IsShort = true;
        }
    }

    public int Length { get; }

    /// <summary>Whether it has at most <see cref="MaxShort"/> bytes.</summary>
    public bool IsShort { get; }

    /// <summary>Whether it, which must be short, lies at a place that <see cref="MaxShort"/> bytes can be read from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAt(ref byte place) => ((Vector256.LoadUnsafe(ref place) ^ _short) & _shortMask) == Vector256<byte>.Zero;

    /// <summary>Whether a text starts with it; may return false when fewer than eight bytes are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Begins(ReadOnlySpan<byte> text)
    {
        int length = Length;
        if (text.Length < Math.Max(length, Word) || (BinaryPrimitives.ReadUInt64LittleEndian(text) & _mask) != _first)
        {
            return false;
        }

        return length <= Word
            || (BinaryPrimitives.ReadUInt64LittleEndian(text[(length - Word)..]) == _last && (length <= 2 * Word || text[Word..(length - Word)].SequenceEqual(_text.AsSpan(Word, length - (2 * Word)))));
    }
}
