using System.Diagnostics;
using System.Text;
using Google.Protobuf.Reflection;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Reads which message of its schema a payload is, from its frame.</summary>
internal abstract class MessageMarker
{
    /// <summary>Returns the marker of a message, or null when frames do not identify it.</summary>
    public static MessageMarker? Of(ProtobufMarking marking, MessageDescriptor message) => marking switch
    {
        ProtobufMarking.None => null,
        ProtobufMarking.MessageIndex => new IndexMarker(ProtobufDocuments.IndexOf(message)),
        ProtobufMarking.TypeReference => new NameMarker(message),
        ProtobufMarking.SortedIndex => new SortedMarker(message),
        _ => throw new UnreachableException(),
    };

    /// <summary>The bytes of the marker as serializers write it, or null when they vary.</summary>
    public virtual byte[]? Usual => null;

    /// <summary>Whether the payload that follows the marker is the message.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="start">The position at which the message starts.</param>
    /// <exception cref="MalformedValueException">The payload has no such marker.</exception>
    public abstract bool Matches(ReadOnlySpan<byte> payload, out int start);

    /// <summary>Whether the payload is the message, when the schema's id is in a header.</summary>
    /// <param name="header">The message information in the headers.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="start">The position at which the message starts.</param>
    /// <exception cref="MalformedValueException">The record has no such marker.</exception>
    public virtual bool MatchesHeader(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, out int start) =>
        header.IsEmpty ? Matches(payload, out start) : throw new MalformedValueException($"{header.Length} bytes follow the id in the header");

    private sealed class IndexMarker(int[] index) : MessageMarker
    {
        public override byte[]? Usual { get; } = MessageIndex.Bytes(index);

        public override bool Matches(ReadOnlySpan<byte> payload, out int start)
        {
            Span<int> steps = stackalloc int[MessageIndex.Room];
            return MessageIndex.Read(payload, steps, out start).SequenceEqual(index);
        }

        public override bool MatchesHeader(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, out int start)
        {
            bool matches = Matches(header, out int length);
            start = 0;
            return length == header.Length ? matches : throw new MalformedValueException("the header with the schema's id has bytes after the message's index");
        }
    }

    private sealed class NameMarker(MessageDescriptor message) : MessageMarker
    {
        private const int NameField = 1;

        private readonly byte[] _name = Encoding.UTF8.GetBytes(message.Name);
        private readonly byte[] _fullName = Encoding.UTF8.GetBytes(message.FullName);

        public override bool Matches(ReadOnlySpan<byte> payload, out int start) => IsName(ReadReference(payload, out start));

        public override bool MatchesHeader(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, out int start)
        {
            if (header.IsEmpty)
            {
                return Matches(payload, out start);
            }

            // Version 3 also writes the reference before the payload; version 2 does not.
            start = StartsWithReference(header, payload) ? header.Length + 3 : 0;
            return IsName(header);
        }

        private static bool StartsWithReference(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload) =>
            name.Length < 0x7e && payload.Length >= name.Length + 3
            && payload[0] == name.Length + 2 && payload[1] == ((NameField << 3) | (int)WireType.LengthDelimited) && payload[2] == name.Length && payload.Slice(3, name.Length).SequenceEqual(name);

        private static ReadOnlySpan<byte> ReadReference(ReadOnlySpan<byte> payload, out int start)
        {
            var reader = new ProtobufReader(payload, 0, payload.Length);
            int length = reader.ReadLength();
            int begin = reader.Position;
            start = begin + length;
            ReadOnlySpan<byte> name = default;
            var reference = new ProtobufReader(payload, begin, start);
            while (!reference.IsAtEnd)
            {
                int number = reference.ReadTag(out WireType wire);
                if (number == NameField && wire == WireType.LengthDelimited)
                {
                    name = reference.ReadBytes();
                }
                else
                {
                    reference.Skip(number, wire);
                }
            }

            return name;
        }

        private bool IsName(ReadOnlySpan<byte> name) => name.SequenceEqual(_name) || name.SequenceEqual(_fullName);
    }

    private sealed class SortedMarker(MessageDescriptor message) : MessageMarker
    {
        private readonly ulong _index = (ulong)Array.IndexOf([.. ProtobufDocuments.All(message.File.MessageTypes).OrderBy(m => m.FullName, StringComparer.Ordinal)], message);

        public override bool Matches(ReadOnlySpan<byte> payload, out int start)
        {
            var reader = new ProtobufReader(payload, 0, payload.Length);
            ulong index = reader.ReadVarint();
            start = reader.Position;
            return index == _index;
        }
    }
}
