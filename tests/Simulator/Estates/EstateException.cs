namespace Migrate.Simulator.Estates;

/// <summary>An estate that cannot be simulated: everything that is wrong with it, not only the first thing.</summary>
public sealed class EstateException(IReadOnlyList<string> problems)
    : Exception("The estate has problems:" + string.Concat(problems.Select(p => "\n  - " + p)))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
