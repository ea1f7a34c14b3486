namespace Migrate.Target.Transport;

/// <summary>What one port gives to hosts, known or not, at most.</summary>
/// <param name="MostConnections">Connections at once; further ones are closed at once.</param>
/// <param name="HandshakeTimeout">Time from accepting a connection to its successful Connect command.</param>
internal sealed record ConnectionLimits(int MostConnections, TimeSpan HandshakeTimeout);
