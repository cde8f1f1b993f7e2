namespace KafkaDatasets.IntegrationTests.Writing;

public sealed record Place(int Number, Place.Point Centre)
{
    public sealed record Point(float X, float Y);
}
