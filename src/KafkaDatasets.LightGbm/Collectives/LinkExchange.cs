namespace KafkaDatasets.LightGbm.Collectives;

/// <summary>What this rank sends to another one, and receives from it, in one exchange.</summary>
internal unsafe struct LinkExchange(byte* send, int sendLength, byte* receive, int receiveLength)
{
    public readonly byte* Send = send;
    public readonly byte* Receive = receive;
    public readonly int SendLength = sendLength;
    public readonly int ReceiveLength = receiveLength;
}
