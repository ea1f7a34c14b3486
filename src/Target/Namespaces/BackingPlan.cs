namespace Migrate.Target.Namespaces;

/// <summary>What creating a namespace will take.</summary>
/// <param name="Place">Where.</param>
/// <param name="CapacityBytes">How much, when the specification left that to the backing, too.</param>
/// <param name="IsToBeMade">The file is absent or empty; false for what is taken as it is.</param>
/// <param name="IsNew">Nothing is there yet, so that what is made goes again when the rest fails.</param>
/// <param name="IsDevice">A block device.</param>
internal sealed record BackingPlan(BackingPlace Place, long CapacityBytes, bool IsToBeMade, bool IsNew, bool IsDevice);
