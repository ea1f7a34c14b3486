using System.Net;

namespace Migrate.Executor.Attachments;

/// <summary>By which addresses a host is to connect to the target.</summary>
/// <param name="Addresses">In the order in which they are tried.</param>
/// <param name="All">An operator named them, so each is a path to connect; else the first that answers will do.</param>
public sealed record TargetWays(IReadOnlyList<IPEndPoint> Addresses, bool All);
