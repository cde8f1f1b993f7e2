using Confluent.Kafka;

namespace KafkaDatasets.Benchmarks.Topics;

internal static class ProducerExtensions
{
    /// <summary>Gives a message to the producer; waits while its queue is full.</summary>
    public static void ProduceOrWait<TKey, TValue>(this IProducer<TKey, TValue> producer, TopicPartition target, Message<TKey, TValue> message, Action<DeliveryReport<TKey, TValue>>? onDelivery = null)
    {
        while (true)
        {
            try
            {
                producer.Produce(target, message, onDelivery);
                return;
            }
            catch (ProduceException<TKey, TValue> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(5));
            }
        }
    }
}
