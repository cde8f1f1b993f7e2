namespace SusyDemo;

/// <summary>What random numbers are for. One seed gives each use numbers of its own, independent of the others'.</summary>
internal enum RandomUse
{
    Events,
    Split,
    Weights,
    Dropout,
}
