using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaDatasets.Live;

namespace KafkaDatasets.Scoring;

/// <summary>The dead-letter topic of a scorer.</summary>
/// <param name="input">The input's topic.</param>
/// <param name="topic">The dead-letter topic.</param>
/// <param name="partitions">The number of its partitions.</param>
internal sealed class DeadLetters(string input, string topic, int partitions)
{
    public TopicPartition To(int partition) => new(topic, partition % partitions);

    /// <summary>The record's own headers, and where it was and what is wrong with it.</summary>
    public Headers HeadersOf(RejectedRecord record)
    {
        var headers = new Headers();
        foreach ((string name, byte[]? value) in record.Headers)
        {
            headers.Add(name, value);
        }

        headers.Add(ScoreHeaders.Topic, Encoding.UTF8.GetBytes(input));
        headers.Add(ScoreHeaders.Partition, Encoding.UTF8.GetBytes(record.Partition.ToString(CultureInfo.InvariantCulture)));
        headers.Add(ScoreHeaders.Offset, Encoding.UTF8.GetBytes(record.Offset.ToString(CultureInfo.InvariantCulture)));
        headers.Add(ScoreHeaders.Error, Encoding.UTF8.GetBytes(record.Error));
        return headers;
    }
}
