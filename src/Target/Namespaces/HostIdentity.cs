namespace Migrate.Target.Namespaces;

/// <summary>Who a host is: its name, by which it is granted access, and its identifier, by which it reserves.</summary>
internal sealed record HostIdentity(string Nqn, Guid Id);
