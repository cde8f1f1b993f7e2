using Confluent.Kafka.SyncOverAsync;
using Confluent.SchemaRegistry.Serdes;
using KafkaDatasets.Benchmarks.Contenders;

namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>The payment event, which also has a class for Avro.</summary>
internal sealed class PaymentShape : TypedShape<Payment, Wire.Payment>
{
    public override bool HasGeneratedAvro => true;

    public override IContender OpenPeer(ContenderTask task) => task.Contender == "avro-generated"
        ? new ConsumerReader<PaymentRecord>(task, r => new AvroDeserializer<PaymentRecord>(r).AsSyncOverAsync(), p => p.amount)
        : base.OpenPeer(task);
}
