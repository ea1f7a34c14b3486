using Xunit.v3;

namespace Migrate.Tests.Machine;

/// <summary>
/// On a class whose tests keep rows in the database that they were asked to run on (<see cref="ChosenDatabase"/>): those run once per database, <c>--filter Database=chosen</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class UsesDatabaseAttribute : Attribute, ITraitAttribute
{
    public const string Trait = "Database";
    public const string Value = "chosen";

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Trait, Value)];
}
