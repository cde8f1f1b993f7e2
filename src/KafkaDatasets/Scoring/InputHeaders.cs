using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Confluent.Kafka;

namespace KafkaDatasets.Scoring;

/// <summary>The headers of scores. Headers that differ only in the digits of the offset are reused, since the client copies them.</summary>
/// <param name="topic">The input's topic.</param>
/// <param name="others">Headers that every record has.</param>
internal sealed class InputHeaders(string topic, IReadOnlyList<Header> others)
{
    private const int MostDigits = 19;

    private readonly byte[] _topic = Encoding.UTF8.GetBytes(topic);
    private readonly Dictionary<(int Partition, int Digits), (Headers Headers, byte[] Offset)> _headers = [];

    /// <summary>The headers of a record, valid until the next call.</summary>
    public Headers Of(int partition, long offset)
    {
        Span<byte> digits = stackalloc byte[MostDigits];
        Utf8.TryWrite(digits, CultureInfo.InvariantCulture, $"{offset}", out int count);
        if (!_headers.TryGetValue((partition, count), out (Headers Headers, byte[] Offset) known))
        {
            known = (new Headers(), new byte[count]);
            known.Headers.Add(ScoreHeaders.Topic, _topic);
            known.Headers.Add(ScoreHeaders.Partition, Encoding.UTF8.GetBytes(partition.ToString(CultureInfo.InvariantCulture)));
            known.Headers.Add(ScoreHeaders.Offset, known.Offset);
            foreach (Header other in others)
            {
                known.Headers.Add(other);
            }

            _headers.Add((partition, count), known);
        }

        digits[..count].CopyTo(known.Offset);
        return known.Headers;
    }
}
