// The one place that names the actor engine: docs/adr/0001. Each alias below is a type that Kernel has too, or one of ours whose name
// Akka.Actor has as well.
#if ACTOR_ENGINE_AKKA
global using Akka.Actor;
global using Address = VideoMesh.Chain.Primitives.Address;
global using AllDeadLetters = Akka.Event.AllDeadLetters;
global using ConfigurationException = Akka.Configuration.ConfigurationException;
global using ConfigurationFactory = Akka.Configuration.ConfigurationFactory;
global using DeadLetter = Akka.Event.DeadLetter;
global using EventStream = Akka.Event.EventStream;
global using LogEvent = Akka.Event.LogEvent;
global using UnhandledMessage = Akka.Event.UnhandledMessage;
#else
global using VideoMesh.Actors.Kernel;
global using ConfigurationException = VideoMesh.Actors.Kernel.Configuration.ConfigurationException;
global using ConfigurationFactory = VideoMesh.Actors.Kernel.Configuration.ConfigurationFactory;
#endif
