namespace SusyDemo.Network;

/// <summary>What the rows of a training step add up to, besides their gradient.</summary>
/// <param name="Loss">The sum of their losses, divided by the batch size.</param>
/// <param name="Right">How many of them are right.</param>
/// <param name="Rows">How many there are.</param>
internal readonly record struct StepSums(double Loss, int Right, int Rows)
{
    public static StepSums operator +(StepSums a, StepSums b) => new(a.Loss + b.Loss, a.Right + b.Right, a.Rows + b.Rows);
}
